import type { Delivery } from '@redrive/core'
import { hasScope, type Principal } from '../../auth/principal.ts'
import { notFound, Problem } from '../../http/problem.ts'
import { defineRoute, type Route } from '../../http/route.ts'
import type { ContractDeps } from '../contract.ts'
import { hookEvent, hookEventPage, listQuery } from './schemas.ts'
import { renderHookEvent } from './view.ts'
import { renderWebhook, type Webhook } from './webhook.ts'

const LIST_PATH = '/api/v1/oms/oms_hook_events/'
const PAGE_SIZE = 50
const MAX_PAGE_SIZE = 250
const tag = 'akinon'

export function readRoutes({ store, defaultRetryPolicy }: ContractDeps): Route[] {
  async function render(tenantId: string, deliveries: readonly Delivery[], principal: Principal): Promise<string[]> {
    const endpointIds = [...new Set(deliveries.map((delivery) => delivery.endpointId))]
    const [histories, endpoints] = await Promise.all([
      store.deliveries.histories(tenantId, deliveries),
      store.endpoints.ofDeliveries(tenantId, endpointIds),
    ])
    const webhooks = new Map<string, Webhook>()
    for (const endpoint of endpoints.values()) {
      const secret = hasScope(principal, 'secrets:read') ? await store.endpoints.secret(tenantId, endpoint.id) : null
      webhooks.set(endpoint.id, renderWebhook(endpoint, secret, defaultRetryPolicy))
    }
    return deliveries.flatMap((delivery) => {
      const history = histories.get(delivery.id)
      const endpoint = endpoints.get(delivery.endpointId)
      const webhook = webhooks.get(delivery.endpointId)
      if (!history || !endpoint || !webhook) return []
      return [renderHookEvent(delivery, history, webhook, endpoint.bodyFormat)]
    })
  }

  return [
    defineRoute({
      method: 'get',
      path: LIST_PATH,
      access: 'deliveries:read',
      query: listQuery,
      status: 200,
      response: hookEventPage,
      summary: 'List what was sent to webhooks, newest first, by page number',
      tag,
      async handle({ query }, { tenantId, principal, origin }) {
        const number = pageNumber(query.page)
        const size = pageSize(query.page_size)
        const { data, count, hasMore } = await store.deliveries.listNumbered(tenantId, { number, size })
        if (data.length === 0 && number > 1) throw invalidPage()
        const link = (page: number): string => {
          const url = new URL(LIST_PATH, origin)
          for (const [name, value] of Object.entries(query)) {
            if (name !== 'page' && typeof value === 'string' && value !== '') url.searchParams.set(name, value)
          }
          // the framework's link to the first page has no number
          if (page > 1) url.searchParams.set('page', String(page))
          return url.href
        }
        const frame = {
          count,
          next: hasMore ? link(number + 1) : null,
          previous: number > 1 ? link(number - 1) : null,
        }
        const results = await render(tenantId, data, principal)
        return { json: `${JSON.stringify(frame).slice(0, -1)},"results":[${results.join(',')}]}` }
      },
    }),
    defineRoute({
      method: 'get',
      path: `${LIST_PATH}{pk}/`,
      access: 'deliveries:read',
      status: 200,
      response: hookEvent,
      summary: 'Show what was sent to a webhook, and what came back',
      tag,
      async handle({ ids: { pk } }, { tenantId, principal }) {
        const delivery = /^[0-9]{1,15}$/.test(pk) ? await store.deliveries.getByNumber(tenantId, Number(pk)) : null
        const [json] = delivery === null ? [] : await render(tenantId, [delivery], principal)
        if (json === undefined) throw notFound('event')
        return { json }
      },
    }),
  ]
}

/** So deep a page that no list has it could only be a mistake, or meant to make us work. */
function pageNumber(text: string): number {
  if (!/^[1-9][0-9]{0,6}$/.test(text)) throw invalidPage()
  return Number(text)
}

/** A size that can't be is passed over, as the framework does. */
function pageSize(text: string): number {
  return /^[1-9][0-9]{0,6}$/.test(text) ? Math.min(Number(text), MAX_PAGE_SIZE) : PAGE_SIZE
}

function invalidPage(): Problem {
  return new Problem(404, 'Invalid page.')
}
