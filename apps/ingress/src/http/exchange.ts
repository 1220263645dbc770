import type { Request, Response } from 'express'
import { newId } from '@redrive/core'
import type { Log } from '@redrive/runtime'
import type { IngressMetrics } from '../operations/metrics.ts'

/** What is known about a request while it is answered, and what its line in the log says at the end. */
export interface Exchange {
  requestId: string
  log: Log
  /** the route's pattern; never the path as it came, which may hold anything */
  route: string | null
  tenantId: string | null
  ids: Record<string, string>
}

const exchanges = new WeakMap<Request, Exchange>()
const REQUEST_ID = /^[A-Za-z0-9._:-]{1,128}$/

/** Begins the exchange: gives it an id (the caller's, if well formed) and writes one line when it is over. */
export function beginExchange(
  request: Request,
  response: Response,
  { log, metrics }: { log: Log; metrics: Pick<IngressMetrics, 'answered'> },
): void {
  const asked = request.get('x-request-id')
  const requestId = asked !== undefined && REQUEST_ID.test(asked) ? asked : newId()
  const exchange: Exchange = { requestId, log: log.child({ requestId }), route: null, tenantId: null, ids: {} }
  exchanges.set(request, exchange)
  response.setHeader('x-request-id', requestId)
  const startedAt = performance.now()
  response.once('close', () => {
    const ms = Math.round((performance.now() - startedAt) * 10) / 10
    const { route, tenantId, ids } = exchange
    metrics.answered({ method: request.method, route, status: response.statusCode, ms })
    const isRead = request.method === 'GET' || request.method === 'HEAD'
    const quiet = route !== null && isRead && QUIET_ROUTES.has(route) && response.statusCode < 400
    exchange.log[quiet ? 'debug' : 'info']('request', {
      method: request.method,
      route,
      status: response.statusCode,
      ms,
      ...(tenantId === null ? {} : { tenantId }),
      ...ids,
      ...(response.writableFinished ? {} : { aborted: true }),
    })
  })
}

/** Probes, scrapes and an open Bull Board come every few seconds; their lines are for debugging, unless they fail. */
const QUIET_ROUTES = new Set(['/livez', '/readyz', '/metrics', '/admin'])

export function exchangeOf(request: Request): Exchange {
  const exchange = exchanges.get(request)
  if (!exchange) throw new Error('the request has no exchange: beginExchange comes first')
  return exchange
}

/** Gives the request another id from here on, for a contract whose ids have a form of their own. */
export function renameExchange(request: Request, response: Response, requestId: string): void {
  const exchange = exchangeOf(request)
  exchange.requestId = requestId
  exchange.log = exchange.log.child({ requestId })
  response.setHeader('x-request-id', requestId)
}
