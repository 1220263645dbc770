import {
  attempt,
  attemptPage,
  delivery,
  deliveryPage,
  listDeliveries,
  pageQuery,
  retryDelivery,
} from '@redrive/contracts'
import type { CancelAnswer, RetryAnswer, Store } from '@redrive/store'
import { pageRequest, renderPage } from '../http/cursor.ts'
import { notFound, Problem } from '../http/problem.ts'
import { defineRoute, type Route } from '../http/route.ts'
import type { DeliveryService } from '../services/deliveries.ts'
import { attemptView, deliveryView } from './views.ts'

export const DELIVERY_LIST = 'deliveries'
const ATTEMPT_LIST = 'attempts'
const tag = 'Deliveries'

export function deliveryRoutes(deps: {
  store: Pick<Store, 'deliveries' | 'attempts'>
  deliveries: DeliveryService
}): Route[] {
  const { store, deliveries } = deps

  return [
    defineRoute({
      method: 'get',
      path: '/v1/deliveries',
      access: 'deliveries:read',
      query: listDeliveries,
      status: 200,
      response: deliveryPage,
      summary: 'List deliveries',
      tag,
      async handle({ query }, { tenantId }) {
        const { limit, cursor, ...filters } = query
        const page = await store.deliveries.list(tenantId, filters, pageRequest(DELIVERY_LIST, { limit, cursor }))
        return { body: renderPage(DELIVERY_LIST, page, deliveryView) }
      },
    }),
    defineRoute({
      method: 'get',
      path: '/v1/deliveries/{id}',
      access: 'deliveries:read',
      status: 200,
      response: delivery,
      summary: 'Show a delivery',
      tag,
      async handle({ ids }, { tenantId }) {
        const found = await store.deliveries.get(tenantId, ids.id)
        if (found === null) throw notFound('delivery')
        return { body: deliveryView(found) }
      },
    }),
    defineRoute({
      method: 'get',
      path: '/v1/deliveries/{id}/attempts',
      access: 'deliveries:read',
      query: pageQuery,
      status: 200,
      response: attemptPage,
      summary: 'List the attempts of a delivery',
      tag,
      async handle({ ids, query }, { tenantId }) {
        const page = await store.attempts.list(tenantId, ids.id, pageRequest(ATTEMPT_LIST, query))
        if (page === null) throw notFound('delivery')
        return { body: renderPage(ATTEMPT_LIST, page, attemptView) }
      },
    }),
    defineRoute({
      method: 'get',
      path: '/v1/attempts/{id}',
      access: 'deliveries:read',
      status: 200,
      response: attempt,
      summary: 'Show an attempt: what was sent, what came back, what was decided',
      tag,
      async handle({ ids }, { tenantId }) {
        const found = await store.attempts.get(tenantId, ids.id)
        if (found === null) throw notFound('attempt')
        return { body: attemptView(found) }
      },
    }),
    defineRoute({
      method: 'post',
      path: '/v1/deliveries/{id}/retry',
      access: 'deliveries:retry',
      body: retryDelivery,
      status: 202,
      response: delivery,
      summary: 'Send a delivery again',
      tag,
      notes: {
        description:
          'Attempts keep counting up. However many identical calls come at once, one attempt is made. With mode "once" no automatic retries follow.',
        conflict:
          'It is being sent, has succeeded (and force is not true), its event has expired, or its endpoint is disabled or deleted',
      },
      async handle({ ids, body }, { tenantId }) {
        const answer = await deliveries.retry(tenantId, ids.id, body)
        switch (answer.kind) {
          case 'queued':
            return { body: deliveryView(answer.delivery) }
          case 'conflict':
            throw new Problem(409, RETRY_CONFLICTS[answer.reason])
          case 'unknown':
            throw notFound('delivery')
        }
      },
    }),
    defineRoute({
      method: 'post',
      path: '/v1/deliveries/{id}/cancel',
      access: 'deliveries:retry',
      status: 200,
      response: delivery,
      summary: 'Cancel a delivery: no further attempts; one that is under way is not cut short',
      tag,
      notes: { conflict: 'It is finished already' },
      async handle({ ids }, { tenantId }) {
        const answer = await store.deliveries.cancel(tenantId, ids.id)
        switch (answer.kind) {
          case 'cancelled':
            return { body: deliveryView(answer.delivery) }
          case 'conflict':
            throw new Problem(409, FINISHED[answer.status])
          case 'unknown':
            throw notFound('delivery')
        }
      },
    }),
  ]
}

const FINISHED: Record<Extract<CancelAnswer, { kind: 'conflict' }>['status'], string> = {
  succeeded: 'The delivery has succeeded already',
  failed: 'The delivery has failed already; no further attempt is planned',
  cancelled: 'The delivery has been cancelled already',
}

export const RETRY_CONFLICTS: Record<Extract<RetryAnswer, { kind: 'conflict' }>['reason'], string> = {
  succeeded: 'The delivery has succeeded; to send it once more all the same, say force: true',
  delivering: 'The delivery is being sent at this moment',
  endpoint_disabled: 'The endpoint is disabled; enable it first',
  endpoint_deleted: 'The endpoint has been deleted',
  expired: 'The event has expired',
}
