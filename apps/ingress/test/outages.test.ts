import { afterAll, afterEach, beforeAll, expect, test } from '@jest/globals'
import { startPrivateRedis, type PrivateRedis } from '@redrive/testkit/redis'
import { eventually } from '@redrive/testkit/conditions'
import { query } from '@redrive/testkit/postgres'
import { startIngress, type TestIngress } from './harness.ts'

/** As main.ts has it, but shorter. */
const QUERY_TIMEOUT_MS = 2_000
/** For a connection of the pool, for the statement, and for a machine that is busy with other tests. */
const BOUND_MS = QUERY_TIMEOUT_MS + 5_000 + 3_000

let redis: PrivateRedis
let server: TestIngress
let ours: Awaited<ReturnType<TestIngress['tenant']>>
beforeAll(async () => {
  redis = await startPrivateRedis()
  server = await startIngress({
    queue: { kind: 'redis', url: redis.url, prefix: redis.prefix },
    queryTimeoutMs: QUERY_TIMEOUT_MS,
  })
  ours = await server.tenant()
  // else there would be nothing to tell the queue
  const json = { url: 'https://receiver.example/', eventTypes: ['a'] }
  expect((await server.call('POST', '/v1/endpoints', { key: ours.key, json })).status).toBe(201)
})
afterEach(async () => {
  server.databaseProxy.resume()
  await server.databaseProxy.accept().catch(() => undefined)
  await eventually(async () => (await readyz()).json['status'] !== 'unavailable', 'the database to be back')
})
afterAll(async () => {
  await server.close()
  await redis.stop()
})

const readyz = () => server.call('GET', '/readyz', { key: null })
const publish = (idempotencyKey?: string) =>
  server.call('POST', '/v1/events', {
    key: ours.key,
    json: { type: 'a', payload: 1, idempotencyKey: idempotencyKey ?? null },
  })

async function waitingDelivery(): Promise<string> {
  const json = { url: 'https://receiver.example/', eventTypes: ['none'] }
  const endpointId = (await server.call('POST', '/v1/endpoints', { key: ours.key, json })).json['id']
  const event = { type: 'a', payload: 1, endpointId }
  const { id } = (await server.call('POST', '/v1/events', { key: ours.key, json: event })).json
  const [due] = await server.store.ledger.fanOut([String(id)])
  return due?.deliveryId ?? ''
}

test('all is well', async () => {
  expect((await server.call('GET', '/livez', { key: null })).json).toEqual({ status: 'ok' })
  const answer = await readyz()
  expect(answer.status).toBe(200)
  const ok = { state: 'ok', latencyMs: expect.any(Number) }
  expect(answer.json).toEqual({ status: 'ok', database: ok, queue: ok })
})

test('metrics are for Prometheus', async () => {
  const answer = await server.call('GET', '/metrics', { key: null })
  expect([answer.status, answer.headers.get('content-type')]).toEqual([200, expect.stringContaining('text/plain')])
})

test.each([
  ['refused', () => redis.kill('SIGKILL'), () => redis.restart()],
  [
    'hanging',
    async () => {
      redis.pause()
      await Promise.resolve()
    },
    async () => {
      redis.resume()
      await Promise.resolve()
    },
  ],
])(
  'with the queue %s publishing and retrying are answered 202, readyz says degraded, and one line is logged',
  async (_what, stop, start) => {
    const deliveryId = await waitingDelivery()
    await stop()
    const logged = server.lines.length
    const answers = await Promise.all(Array.from({ length: 20 }, () => publish()))
    expect(answers.map(({ status }) => status)).toEqual(answers.map(() => 202))
    expect((await server.call('POST', `/v1/deliveries/${deliveryId}/retry`, { key: ours.key, json: {} })).status).toBe(
      202,
    )
    const ready = await readyz()
    expect(ready.status).toBe(200)
    expect(ready.json).toMatchObject({ status: 'degraded', database: { state: 'ok' }, queue: { state: 'unavailable' } })
    await publish()
    const complaints = () =>
      server.lines.slice(logged).filter(({ message }) => String(message).startsWith('queue does not take jobs'))
    await eventually(() => complaints().length > 0, 'the line about the queue')
    await start()
    await eventually(
      async () => {
        await publish()
        return server.lines.slice(logged).some(({ message }) => message === 'queue takes jobs again')
      },
      'the queue to be back',
      20_000,
    )
    expect(complaints()).toHaveLength(1)
    expect((await readyz()).json['status']).toBe('ok')
  },
)

test('with the database refused: 503 with Retry-After, and no half state', async () => {
  server.databaseProxy.refuse()
  server.databaseProxy.cut()
  const ready = await readyz()
  expect([ready.status, ready.headers.get('retry-after')]).toEqual([503, '2'])
  expect(ready.json).toMatchObject({ status: 'unavailable', database: { state: 'unavailable' } })
  expect(ready.text).not.toMatch(/127\.0\.0\.1|postgres/)
  expect((await server.call('GET', '/livez', { key: null })).status).toBe(200)
  const answer = await publish('while-away')
  expect(answer.status).toBe(503)
  expect(answer.headers.get('retry-after')).toMatch(/^[0-9]+$/)
  expect(answer.headers.get('content-type')).toBe('application/problem+json')
  await server.databaseProxy.accept()
  await eventually(async () => (await publish('while-away')).status === 202, 'the database to be back')
  expect(server.lines.filter(({ level }) => level === 'error')).toEqual([])
})

test('with the database hanging readyz answers all the same', async () => {
  server.databaseProxy.pause()
  const ready = await readyz()
  expect(ready.status).toBe(503)
  expect(ready.json).toMatchObject({ database: { state: 'unavailable', latencyMs: 1000 }, queue: { state: 'ok' } })
})

test('with the database hanging: 503 with Retry-After in bounded time for everybody, and no half state', async () => {
  const deliveryId = await waitingDelivery()
  const before = await server.store.deliveries.get(ours.id, deliveryId)
  server.databaseProxy.pause()
  const startedAt = performance.now()
  const answers = await Promise.all([
    // more than batches and connections can take at once
    ...Array.from({ length: 700 }, (_, n) => publish(`while-hanging-${String(n)}`)),
    server.call('POST', `/v1/deliveries/${deliveryId}/retry`, { key: ours.key, json: {} }),
    server.call('GET', `/v1/deliveries/${deliveryId}`, { key: ours.key }),
  ])
  expect(performance.now() - startedAt).toBeLessThan(BOUND_MS)
  expect(new Set(answers.map(({ status }) => status))).toEqual(new Set([503]))
  expect(answers.filter(({ headers }) => !/^[0-9]+$/.test(headers.get('retry-after') ?? ''))).toEqual([])
  server.databaseProxy.resume()
  await eventually(async () => (await readyz()).json['status'] === 'ok', 'the database to be back')
  // what was answered 503 is there as a whole, with its key and its look, or not at all; again it is taken once
  const again = await Promise.all(
    Array.from({ length: 700 }, async (_, n) => {
      const key = `while-hanging-${String(n)}`
      let answer = await publish(key)
      await eventually(async () => {
        if (answer.status === 503) answer = await publish(key)
        return answer.status !== 503
      }, 'the database to be back')
      return answer
    }),
  )
  expect(again.filter(({ status }) => status !== 202 && status !== 200)).toEqual([])
  const rows = await query<{ keys: number; events: number; unlooked: number }>(
    server.databaseUrl,
    `SELECT (SELECT count(*)::int FROM idempotency_keys WHERE key LIKE 'while-hanging-%') AS keys, count(*)::int AS events,
            count(*) FILTER (WHERE look_at IS NULL)::int AS unlooked
     FROM events WHERE idempotency_key LIKE 'while-hanging-%'`,
  )
  expect(rows).toEqual([{ keys: 700, events: 700, unlooked: 0 }])
  const after = await server.store.deliveries.get(ours.id, deliveryId)
  expect([before?.status, after?.status]).toEqual(['pending', 'pending'])
})
