import { afterEach, expect, test } from '@jest/globals'
import { createMetrics, silentLog } from '@redrive/runtime'
import { createWorkerMetrics } from '../src/metrics.ts'
import { startProbe } from '../src/probe.ts'

let probe: Awaited<ReturnType<typeof startProbe>> | null = null
afterEach(() => probe?.close())

async function start(states: { database: boolean; queue: boolean }): Promise<(path: string) => Promise<Response>> {
  const metrics = createMetrics({ processMetrics: false })
  createWorkerMetrics(metrics).fannedOut(2, 5)
  const check = (well: boolean) => () => (well ? Promise.resolve() : Promise.reject(new Error('away')))
  const checks = {
    database: { check: check(states.database), essential: true },
    queue: { check: check(states.queue), essential: false },
  }
  const started = await startProbe({ checks, metrics, log: silentLog }, '127.0.0.1', 0)
  probe = started
  return (path) => fetch(`http://127.0.0.1:${String(started.port)}${path}`)
}

test.each([
  [{ database: true, queue: true }, 200, 'ok'],
  [{ database: true, queue: false }, 200, 'degraded'],
  [{ database: false, queue: true }, 503, 'unavailable'],
])('ready when %j: %i %s', async (states, status, text) => {
  const get = await start(states)
  const ready = await get('/readyz')
  expect(ready.status).toBe(status)
  expect(await ready.json()).toMatchObject({ status: text })
  expect((await get('/livez')).status).toBe(200)
})

test('metrics are rendered; anything else is not found', async () => {
  const get = await start({ database: true, queue: true })
  expect(await (await get('/metrics')).text()).toMatch(/^redrive_fanned_out_deliveries_total 5$/m)
  for (const path of ['/', '/metrics/', '/v1/events', '/constructor']) expect((await get(path)).status).toBe(404)
})
