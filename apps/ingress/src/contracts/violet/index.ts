import { deliveryId } from '@redrive/core'
import { Problem } from '../../http/problem.ts'
import { defineRoute } from '../../http/route.ts'
import { TENANT_HEADER } from '../../openapi/texts.ts'
import { type Contract, type ContractDeps, foreignDetail, foreignStatus } from '../contract.ts'
import { createVioletIdentity } from './identity.ts'
import { resentEvent } from './schemas.ts'
import { renderNewEvent } from './view.ts'

const tag = 'violet'
const NUMBER = { type: 'integer', minimum: 0 } as const
const APP_ID = {
  name: 'X-Violet-App-Id',
  in: 'header',
  required: false,
  description: 'The tenant’s number; required with `X-Violet-App-Secret`',
  schema: NUMBER,
  example: 1,
} as const

/** violet: resend one event to one webhook as a new event that names its source. */
export function createViolet({ store, authenticator, replay, dispatcher }: ContractDeps): Contract {
  const { identify, tenantOf } = createVioletIdentity({ store, authenticator })
  return {
    prefixes: ['/v1/events/webhooks'],
    security: {
      violetAppSecret: {
        type: 'apiKey',
        in: 'header',
        name: 'X-Violet-App-Secret',
        description: 'An API key, with `X-Violet-App-Id`, the number of its tenant',
      },
      violetToken: {
        type: 'apiKey',
        in: 'header',
        name: 'X-Violet-Token',
        description: 'A JWT or an API key, where there is no app secret',
      },
    },
    ids: {
      webhook_id: { description: 'The endpoint’s number', schema: NUMBER, example: 12 },
      event_id: { description: 'The number of the delivery that is sent again', schema: NUMBER, example: 71 },
    },
    headers: [APP_ID, TENANT_HEADER],
    identify,
    tenantOf,
    renderProblem(problem) {
      const code = foreignStatus(problem)
      return { status: code, body: { code, message: foreignDetail(problem) } }
    },
    routes: [
      defineRoute({
        method: 'post',
        path: '/v1/events/webhooks/{webhook_id}/events/{event_id}/resend',
        access: 'deliveries:retry',
        status: 200,
        response: resentEvent,
        summary: 'Resend one event to one webhook; answers with the new event',
        tag,
        async handle({ ids }, { tenantId, note }) {
          const endpoint = await store.endpoints.getByNumber(tenantId, integer('webhook_id', ids.webhook_id))
          if (endpoint === null) throw new Problem(404, 'There is no such webhook')
          const delivery = await store.deliveries.getByNumber(tenantId, integer('event_id', ids.event_id))
          if (delivery?.endpointId !== endpoint.id) throw new Problem(404, 'There is no such event of this webhook')

          const event = await store.events.get(tenantId, delivery.eventId)
          const first =
            event?.sourceEventId == null
              ? null
              : await store.deliveries.get(tenantId, deliveryId(event.sourceEventId, endpoint.id))
          const answer = await replay.resendEvent(tenantId, delivery.eventId, {
            endpointId: endpoint.id,
            sourceNumber: (first ?? delivery).number,
          })
          switch (answer.kind) {
            case 'created': {
              note({ eventId: answer.event.id })
              const [made] = await dispatcher.dispatch(tenantId, answer.event.id)
              // disabled or deleted since it was looked up
              if (made === undefined) throw new Problem(400, 'The webhook is no longer active')
              const tenant = await store.tenants.get(tenantId)
              return { body: renderNewEvent(made, answer.event, endpoint, tenant?.number ?? 0) }
            }
            case 'conflict':
              throw new Problem(400, CONFLICTS[answer.reason])
            case 'unknown_endpoint':
              throw new Problem(404, 'There is no such webhook')
            case 'unknown':
              throw new Problem(404, 'There is no such event of this webhook')
            case 'refused':
              throw new Problem(400, answer.detail)
          }
        },
      }),
    ],
  }
}

const CONFLICTS = {
  endpoint_disabled: 'The webhook is disabled: enable it first',
  endpoint_deleted: 'The webhook has been deleted',
}

/** @throws Problem 400 */
function integer(name: string, text: string): number {
  if (!/^[0-9]{1,15}$/.test(text)) throw new Problem(400, `${name} must be an integer`)
  return Number(text)
}
