import type { ErrorRequestHandler, Express, RequestHandler } from 'express'
import { isUuid } from '@redrive/core'
import { type Board, QueueUnavailable } from '@redrive/queue'
import type { Store } from '@redrive/store'
import { createErrorHandler } from '../http/errors.ts'
import { exchangeOf } from '../http/exchange.ts'
import { notFound, Problem, unavailable } from '../http/problem.ts'
import { RETRY_CONFLICTS } from '../native/deliveries.ts'
import type { DeliveryService } from '../services/deliveries.ts'
import { DELIVERY_PAGE_POLICY, deliveryPage } from './delivery-page.ts'
import type { Door } from './door.ts'

export const BOARD_PATH = '/admin/queues'
const DELIVERY_PATH = '/admin/deliveries'
/** The newest attempts of a delivery that its page shows. */
const ATTEMPTS_SHOWN = 100

/** Where a delivery is shown to people; jobs link to it. */
export function deliveryPath({ tenantId, deliveryId }: { tenantId: string; deliveryId: string }): string {
  return `${DELIVERY_PATH}/${tenantId}/${deliveryId}`
}

/** Bull Board's page has inline styles; it would load a font from elsewhere, and does well without. */
const BOARD_POLICY =
  "default-src 'none'; script-src 'self'; style-src 'self' 'unsafe-inline'; img-src 'self' data:; font-src 'self' data:; connect-src 'self'; base-uri 'self'; form-action 'self'; frame-ancestors 'none'"

/** Bull Board for the operator, and a page for each delivery. */
export function mountAdmin(
  app: Express,
  deps: { board: Board; door: Door; store: Pick<Store, 'deliveries' | 'attempts'>; deliveries: DeliveryService },
): void {
  const { board, store } = deps

  app.use('/admin', (request, response, next) => {
    exchangeOf(request).route = '/admin'
    response.setHeader('referrer-policy', 'same-origin')
    next()
  })
  app.use([BOARD_PATH, DELIVERY_PATH], deps.door.admit('operator'))

  app.get(`${DELIVERY_PATH}/:tenant/:id`, async (request, response) => {
    const { tenant, id } = request.params
    const delivery = isUuid(tenant) && isUuid(id) ? await store.deliveries.get(tenant, id) : null
    const attempts = delivery && (await store.attempts.list(delivery.tenantId, delivery.id, { limit: ATTEMPTS_SHOWN }))
    if (delivery === null || attempts === null) throw notFound('delivery')
    response.setHeader('content-security-policy', DELIVERY_PAGE_POLICY)
    response.type('html').end(deliveryPage(delivery, attempts.data))
  })

  app.put(`${BOARD_PATH}/api/queues/:queue/:job/retry`, again(deps))
  app.put(`${BOARD_PATH}/api/queues/:queue/:job/promote`, again(deps))
  app.use(
    BOARD_PATH,
    (_request, response, next) => {
      response.setHeader('content-security-policy', BOARD_POLICY)
      next()
    },
    board.router,
  )
  app.use(BOARD_PATH, ((error: unknown, _request, _response, next) => {
    next(error instanceof QueueUnavailable ? unavailable('The queue’s datastore is not available', 5) : error)
  }) satisfies ErrorRequestHandler)
  app.use(`${BOARD_PATH}/api`, showOnBoard)
}

/** The board shows its reader nothing but these two members: so why a click was refused is said in them. */
const showOnBoard = createErrorHandler((response, problem) => {
  response.status(problem.status).set(problem.headers).json({ error: problem.title, message: problem.detail })
})

/**
 * Retrying or hurrying a delivery's job is what it is by the API: the ledger says whether it may be, and makes a new
 * job of it; the old one would find nothing to do. Jobs of other kinds are the board's own business.
 */
function again({ board, deliveries }: { board: Board; deliveries: DeliveryService }): RequestHandler<{
  queue: string
  job: string
}> {
  return async (request, response, next) => {
    const { queue, job } = request.params
    const hint = await board.delivery(queue, job)
    if (hint === null) {
      next()
      return
    }
    const answer = await deliveries.retry(hint.tenantId, hint.deliveryId, { mode: 'policy', force: false })
    switch (answer.kind) {
      case 'queued':
        await board.remove(queue, job)
        exchangeOf(request).ids['deliveryId'] = hint.deliveryId
        response.status(204).end()
        return
      case 'conflict':
        throw new Problem(409, RETRY_CONFLICTS[answer.reason])
      case 'unknown':
        throw notFound('delivery')
    }
  }
}
