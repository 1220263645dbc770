import { afterAll, afterEach, beforeAll, expect, test } from '@jest/globals'
import { startPrivateRedis, type PrivateRedis } from '@redrive/testkit/redis'
import { eventually } from '@redrive/testkit/conditions'
import { startIngress, type TestIngress } from './harness.ts'

let redis: PrivateRedis
let server: TestIngress
let ours: Awaited<ReturnType<TestIngress['tenant']>>
beforeAll(async () => {
  redis = await startPrivateRedis()
  server = await startIngress({ queue: { kind: 'redis', url: redis.url, prefix: redis.prefix } })
  ours = await server.tenant()
})
afterEach(async () => {
  server.databaseProxy.resume()
  await server.databaseProxy.accept().catch(() => undefined)
  await eventually(async () => (await readyz()).json['status'] !== 'unavailable', 'the database to be back', 20_000)
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
  await eventually(async () => (await publish('while-away')).status === 202, 'the database to be back', 20_000)
  expect(server.lines.filter(({ level }) => level === 'error')).toEqual([])
})

test('with the database hanging readyz answers all the same', async () => {
  server.databaseProxy.pause()
  const ready = await readyz()
  expect(ready.status).toBe(503)
  expect(ready.json).toMatchObject({ database: { state: 'unavailable', latencyMs: 1000 }, queue: { state: 'ok' } })
})
