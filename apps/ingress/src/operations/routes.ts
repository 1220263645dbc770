import type { Express } from 'express'
import type { Metrics } from '@redrive/runtime'
import { exchangeOf } from '../http/exchange.ts'
import type { Readiness } from './readiness.ts'

/** For probes and scrapers; open to all, so that nothing in them is about a tenant. */
export function mountOperations(app: Express, deps: { readiness: () => Promise<Readiness>; metrics: Metrics }): void {
  app.get('/livez', (request, response) => {
    exchangeOf(request).route = '/livez'
    response.json({ status: 'ok' })
  })
  app.get('/readyz', async (request, response) => {
    exchangeOf(request).route = '/readyz'
    const readiness = await deps.readiness()
    if (readiness.status === 'unavailable') response.status(503).setHeader('retry-after', '2')
    response.json(readiness)
  })
  app.get('/metrics', async (request, response) => {
    exchangeOf(request).route = '/metrics'
    const text = await deps.metrics.render()
    response.setHeader('content-type', deps.metrics.contentType)
    response.end(text)
  })
}
