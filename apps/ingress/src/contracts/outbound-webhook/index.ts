import { isUuid } from '@redrive/core'
import type { RetryAnswer } from '@redrive/store'
import { Problem } from '../../http/problem.ts'
import { defineRoute } from '../../http/route.ts'
import { SAMPLE_ID } from '../../openapi/samples.ts'
import { type Contract, type ContractDeps, foreignDetail, foreignStatus } from '../contract.ts'
import { retryBody, retryEnvelope } from './schemas.ts'
import { renderDelivery } from './view.ts'

const tag = 'outbound-webhook'

/** outbound-webhook: retry one failed delivery; every answer in an envelope with a request id. */
export function createOutboundWebhook({ store, authenticator, deliveries }: ContractDeps): Contract {
  return {
    prefixes: ['/v1/outbound-webhook'],
    ids: { id: { description: 'The delivery’s id', schema: { type: 'string', format: 'uuid' }, example: SAMPLE_ID } },
    identify: (request) => authenticator.authenticate(request.headers.authorization),
    tenantOf: (principal, request) => authenticator.tenantOf(principal, request.get('redrive-tenant')),
    requestId: (id) => (id.startsWith('req_') ? id : `req_${id.replaceAll('-', '')}`),
    renderProblem(problem, requestId) {
      const code = foreignStatus(problem)
      return { status: code, body: { code, message: foreignDetail(problem), requestId } }
    },
    routes: [
      defineRoute({
        method: 'post',
        path: '/v1/outbound-webhook/deliveries/{id}/retry',
        access: 'deliveries:retry',
        body: retryBody,
        status: 200,
        response: retryEnvelope,
        summary: 'Retry one failed delivery',
        tag,
        async handle({ ids }, { tenantId, requestId }) {
          if (!isUuid(ids.id)) throw new Problem(400, 'The delivery id is malformed: it must be a UUID')
          const id = ids.id.toLowerCase()
          const before = await store.deliveries.get(tenantId, id)
          if (before === null) throw noSuchDelivery()
          if (before.status === 'pending' && before.attemptCount === 0) {
            throw new Problem(400, 'The delivery is pending: it was never tried, and its first attempt is on its way')
          }
          const answer = await deliveries.retry(tenantId, id, { mode: 'policy', force: false })
          if (answer.kind === 'unknown') throw noSuchDelivery()
          if (answer.kind === 'conflict') throw new Problem(400, CONFLICTS[answer.reason])
          const data = await renderDelivery(store, answer.delivery)
          return { json: `{"code":200,"message":"Success","requestId":${JSON.stringify(requestId)},"data":${data}}` }
        },
      }),
    ],
  }
}

function noSuchDelivery(): Problem {
  return new Problem(404, 'There is no such delivery')
}

const CONFLICTS: Record<Extract<RetryAnswer, { kind: 'conflict' }>['reason'], string> = {
  succeeded: 'The delivery has succeeded: only a failed, retrying or cancelled one can be retried',
  delivering: 'The delivery is being sent now (delivering): it can be retried when this attempt is over',
  endpoint_disabled: 'The delivery’s endpoint is disabled: enable it first',
  endpoint_deleted: 'The delivery’s endpoint has been deleted',
  expired: 'The delivery was cancelled because its event has expired',
}
