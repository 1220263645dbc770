import { fileURLToPath } from 'node:url'
import { afterAll, beforeAll, describe, expect, test } from '@jest/globals'
import { type CollectedSpan, type Collector, startCollector } from '@redrive/testkit/collector'
import { eventually } from '@redrive/testkit/conditions'
import { createTestDatabase, type TestDatabase } from '@redrive/testkit/postgres'
import { type Receiver, startReceiver } from '@redrive/testkit/receiver'
import { backendsUnderTest, startPrivateRedis } from '@redrive/testkit/redis'
import { type Service, startService } from '@redrive/testkit/service'
import { migrateQueue } from '@redrive/queue'

const INGRESS = fileURLToPath(new URL('../src/main.ts', import.meta.url))
const WORKER = fileURLToPath(new URL('../../worker/src/main.ts', import.meta.url))
const OPERATOR_KEY = 'operator-key-of-the-tests-0123456789'
const SECRETS = ['receiver-query-secret', 'payload-secret', 'own-header-secret', OPERATOR_KEY]
const CALLER = { traceId: '4bf92f3577b34da6a3ce929d0e0e4736', spanId: '00f067aa0ba902b7' }

describe.each(backendsUnderTest())('traces of an installation with its queue in $name', (under) => {
  let database: TestDatabase
  let redis: Awaited<ReturnType<typeof startPrivateRedis>> | null
  let collector: Collector
  let receiver: Receiver
  let ingress: Service
  let worker: Service
  let url = ''
  let tenantId = ''

  beforeAll(async () => {
    database = await createTestDatabase()
    redis = under.name === 'redis' ? await startPrivateRedis() : null
    if (redis === null) await migrateQueue({ kind: 'postgres', connectionString: database.url, poolSize: 1 })
    collector = await startCollector()
    receiver = await startReceiver()
    const env = {
      DATABASE_URL: database.url,
      ...(redis && { REDIS_URL: redis.url }),
      HOST: '127.0.0.1',
      PORT: '0',
      REDRIVE_OPERATOR_KEY: OPERATOR_KEY,
      REDRIVE_ENCRYPTION_KEYS: Buffer.alloc(32, 7).toString('base64'),
      DELIVERY_ALLOW_NETWORKS: '127.0.0.0/8',
      DELIVERY_TRACEPARENT: 'on',
      OTEL_EXPORTER_OTLP_ENDPOINT: collector.url,
    }
    ingress = startService(INGRESS, env)
    worker = startService(WORKER, { ...env, OTEL_SERVICE_NAME: 'our-worker' })
    await Promise.all([ingress.says('"listening"'), worker.says('"working"')])
    const listening = ingress.lines.find((line) => line.includes('"listening"')) ?? '{}'
    url = `http://127.0.0.1:${String((JSON.parse(listening) as { port: number }).port)}`
    tenantId = String((await call('POST', '/v1/tenants', { name: 'Ours' }))['id'])
    await call('POST', '/v1/endpoints', {
      url: `${receiver.url}/hooks?token=receiver-query-secret`,
      eventTypes: ['*'],
      headers: { 'x-own': { value: 'own-header-secret', sensitive: true } },
      retryPolicy: { strategy: 'fixed', delaySeconds: 1, maxRetries: 3, jitter: 0 },
    })
  })

  afterAll(async () => {
    for (const service of [ingress, worker]) service.signal('SIGKILL')
    await Promise.all([ingress.exited, worker.exited])
    await Promise.all([collector.close(), receiver.close()])
    await redis?.stop()
    await database.drop()
  })

  async function call(method: string, path: string, json?: unknown, headers: Record<string, string> = {}) {
    const response = await fetch(url + path, {
      method,
      headers: {
        authorization: `Bearer ${OPERATOR_KEY}`,
        'redrive-tenant': tenantId,
        'content-type': 'application/json',
        ...headers,
      },
      ...(json !== undefined && { body: JSON.stringify(json) }),
    })
    if (response.status >= 300)
      throw new Error(`${method} ${path}: ${String(response.status)} ${await response.text()}`)
    return (await response.json()) as Record<string, unknown>
  }

  const publish = (type: string, headers: Record<string, string> = {}) =>
    call('POST', '/v1/events', { type, payload: { secret: 'payload-secret' } }, headers)
  const inTrace = (traceId: string): CollectedSpan[] => collector.spans.filter((span) => span.traceId === traceId)
  const attemptsOf = (eventId: unknown): CollectedSpan[] =>
    collector.spans.filter((span) => span.name === 'attempt' && span.attributes['redrive.event.id'] === eventId)

  test('one trace from a caller’s publish through the jobs to each attempt, and the receiver is told', async () => {
    receiver.answerWith([{ status: 503 }, {}])
    const event = await publish('order.created', { traceparent: `00-${CALLER.traceId}-${CALLER.spanId}-01` })
    await receiver.waitFor(2)
    await eventually(() => attemptsOf(event['id']).length === 2, 'both attempts to be traced')
    await eventually(() => inTrace(CALLER.traceId).some((span) => span.name === 'record attempts'), 'the rest')

    const spans = inTrace(CALLER.traceId)
    const named = (name: string): CollectedSpan[] => spans.filter((span) => span.name === name)
    const [request] = named('POST /v1/events')
    expect(request).toMatchObject({ service: 'redrive-ingress', parentId: CALLER.spanId })
    expect(request?.attributes).toMatchObject({ 'http.response.status_code': 202, 'redrive.tenant.id': tenantId })
    for (const [name, service] of [
      ['publish events', 'redrive-ingress'],
      ['add publish.publish', 'redrive-ingress'],
      ['process publish', 'our-worker'],
      ['fan out', 'our-worker'],
      ['process deliver', 'our-worker'], // of the retry: the first attempt has no job of its own
      ['claim deliveries', 'our-worker'],
      ['attempt', 'our-worker'],
      ['record attempts', 'our-worker'],
    ] as const) {
      expect([name, named(name)[0]?.service]).toEqual([name, service])
    }
    // from the last attempt upwards there is no gap
    const byId = new Map(spans.map((span) => [span.spanId, span]))
    const path: string[] = []
    for (let span = named('attempt')[0]; span !== undefined; span = byId.get(span.parentId)) path.unshift(span.name)
    expect(path.filter((name) => !name.startsWith('add'))).toEqual([
      'POST /v1/events',
      'publish events',
      'process publish',
      'fan out',
      'attempt',
    ])
    expect(named('attempt').map(({ attributes }) => attributes['http.response.status_code'])).toEqual([503, 200])
    const told = receiver.requests.map(({ headers }) => headers['traceparent'])
    expect(told).toEqual(named('attempt').map(({ spanId }) => `00-${CALLER.traceId}-${spanId}-01`))
  })

  test('events that share a batch keep traces of their own, which the batch is linked to', async () => {
    receiver.answerWith({})
    const before = receiver.requests.length
    const events = await Promise.all(Array.from({ length: 12 }, (_, at) => publish(`order.n${String(at)}`)))
    await receiver.waitFor(before + 12)
    await eventually(() => events.every(({ id }) => attemptsOf(id).length === 1), 'the attempts to be traced')
    const traces = new Set(events.map(({ id }) => attemptsOf(id)[0]?.traceId))
    expect(traces.size).toBe(12)
    const isWhole = (traceId = ''): boolean => inTrace(traceId).some(({ name }) => name === 'POST /v1/events')
    await eventually(() => [...traces].every(isWhole), 'the ingress to have sent its spans too')
    for (const traceId of traces) {
      expect(inTrace(traceId ?? '').map(({ name }) => name)).toEqual(
        expect.arrayContaining(['POST /v1/events', 'fan out', 'attempt']),
      )
    }
    const batches = collector.spans.filter(({ name, links }) => name === 'publish events' && links.length > 1)
    expect(batches.length).toBeGreaterThan(0)
    for (const { links } of batches) for (const link of links) expect(traces).toContain(link.traceId)
  })

  test('a delivery that someone sends again stays in its event’s trace, linked to the request for it', async () => {
    receiver.answerWith({ status: 410 })
    const event = await publish('order.gone')
    await eventually(() => attemptsOf(event['id']).length === 1, 'the attempt to be traced')
    const { data } = await call('GET', `/v1/events/${String(event['id'])}/deliveries`)
    const [delivery] = data as { id: string; endpoint?: unknown }[]
    receiver.answerWith({})
    await call('POST', `/v1/endpoints/${String((data as { endpointId: string }[])[0]?.endpointId)}/enable`)
    await call('POST', `/v1/deliveries/${delivery?.id ?? ''}/retry`)
    await eventually(() => attemptsOf(event['id']).length === 2, 'the second attempt to be traced')
    const [first, second] = attemptsOf(event['id'])
    expect(second?.traceId).toBe(first?.traceId)
    const request = collector.spans.find(({ name }) => name === 'POST /v1/deliveries/{id}/retry')
    expect(second?.links.map(({ traceId }) => traceId)).toEqual([request?.traceId])
  })

  test('no secrets, nor what BullMQ does for itself; what is left is sent at the end', async () => {
    const sent = collector.text()
    for (const secret of SECRETS) expect(sent).not.toContain(secret)
    expect(collector.spans.find(({ name }) => name === 'attempt')?.attributes['url.full']).toBe(`${receiver.url}/hooks`)
    expect(collector.spans.filter(({ name }) => name.includes('tall'))).toEqual([])
    await call('GET', '/v1/events')
    ingress.signal('SIGTERM')
    expect(await ingress.exited).toBe(0)
    expect(collector.spans.some(({ name }) => name === 'GET /v1/events')).toBe(true)
  })
})
