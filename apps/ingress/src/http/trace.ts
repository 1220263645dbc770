import type { RequestHandler } from 'express'
import type { Tracing } from '@redrive/tracing'
import { exchangeOf } from './exchange.ts'

/** Probes, scrapes and an open Bull Board, which nobody wants to see among the traces. */
const NOT_TRACED = /^\/(livez|readyz|metrics|admin)(\/|$)/

/** A span for each request, in the caller's trace if it comes with one. Its name is the route, never the path. */
export function traceRequests(tracing: Tracing): RequestHandler {
  return (request, response, next) => {
    if (NOT_TRACED.test(request.path)) {
      next()
      return
    }
    const { method } = request
    const span = tracing.start(method, {
      kind: 'server',
      parent: request.get('traceparent') ?? null,
      attributes: { 'http.request.method': method },
    })
    response.once('close', () => {
      const { route, tenantId, requestId } = exchangeOf(request)
      if (route !== null) span.name(`${method} ${route}`)
      span.set({
        'http.response.status_code': response.statusCode,
        'redrive.request.id': requestId,
        ...(route !== null && { 'http.route': route }),
        ...(tenantId !== null && { 'redrive.tenant.id': tenantId }),
      })
      if (response.statusCode >= 500) span.fail(`status ${String(response.statusCode)}`)
      span.end()
    })
    tracing.within(span, next)
  }
}
