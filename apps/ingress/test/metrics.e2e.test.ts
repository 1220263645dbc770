import { readFileSync } from 'node:fs'
import { fileURLToPath } from 'node:url'
import { afterAll, beforeAll, expect, test } from '@jest/globals'
import { migrateQueue } from '@redrive/queue'
import { eventually } from '@redrive/testkit/conditions'
import { createTestDatabase, type TestDatabase } from '@redrive/testkit/postgres'
import { type Receiver, startReceiver } from '@redrive/testkit/receiver'
import { type Service, startService } from '@redrive/testkit/service'

const OPERATOR_KEY = 'operator-key-of-the-tests-0123456789'
const FILES = ['monitoring/grafana-dashboard.json', 'monitoring/alerts.yaml', 'kubernetes/keda.yaml']

let database: TestDatabase
let receiver: Receiver
let ingress: Service
let worker: Service
let base = ''
let workerBase = ''

beforeAll(async () => {
  database = await createTestDatabase()
  await migrateQueue({ kind: 'postgres', connectionString: database.url, poolSize: 1 })
  receiver = await startReceiver()
  const env = {
    DATABASE_URL: database.url,
    HOST: '127.0.0.1',
    PORT: '0',
    WORKER_PROBE_PORT: '0',
    REDRIVE_OPERATOR_KEY: OPERATOR_KEY,
    REDRIVE_ENCRYPTION_KEYS: Buffer.alloc(32, 7).toString('base64'),
    DELIVERY_ALLOW_NETWORKS: '127.0.0.0/8',
  }
  ingress = startService(fileURLToPath(new URL('../src/main.ts', import.meta.url)), env)
  worker = startService(fileURLToPath(new URL('../../worker/src/main.ts', import.meta.url)), env)
  await Promise.all([ingress.says('"listening"'), worker.says('"working"')])
  base = `http://127.0.0.1:${String(said(ingress, '"listening"')['port'])}`
  workerBase = `http://127.0.0.1:${String(said(worker, '"working"')['probePort'])}`
})

afterAll(async () => {
  for (const service of [ingress, worker]) service.signal('SIGKILL')
  await Promise.all([ingress.exited, worker.exited])
  await receiver.close()
  await database.drop()
})

function said(service: Service, text: string): Record<string, unknown> {
  return JSON.parse(service.lines.find((line) => line.includes(text)) ?? '{}') as Record<string, unknown>
}

async function call(method: string, path: string, tenantId: string, json?: unknown): Promise<Record<string, unknown>> {
  const response = await fetch(base + path, {
    method,
    headers: {
      authorization: `Bearer ${OPERATOR_KEY}`,
      'redrive-tenant': tenantId,
      'content-type': 'application/json',
    },
    ...(json !== undefined && { body: JSON.stringify(json) }),
  })
  return (await response.json()) as Record<string, unknown>
}

const scrape = async (url: string): Promise<string> => (await fetch(`${url}/metrics`)).text()

test('count what an installation does, with labels that nobody outside can make up', async () => {
  const tenantId = String((await call('POST', '/v1/tenants', '', { name: 'Ours' }))['id'])
  await call('POST', '/v1/endpoints', tenantId, { url: receiver.url, eventTypes: ['*'] })
  const event = { type: 'order.made', payload: {}, idempotencyKey: 'one' }
  await call('POST', '/v1/events', tenantId, event)
  await call('POST', '/v1/events', tenantId, event)
  await call('GET', '/no/such/place', tenantId)
  await eventually(async () => (await scrape(workerBase)).includes('redrive_attempts_total{'), 'the attempt')

  const ours = await scrape(base)
  expect(ours).toMatch(/^redrive_published_events_total\{result="created"\} 1$/m)
  expect(ours).toMatch(/^redrive_published_events_total\{result="replayed"\} 1$/m)
  expect(ours).toMatch(/^redrive_http_requests_total\{method="POST",route="\/v1\/events",status="202"\} 2$/m)
  expect(ours).toMatch(/^redrive_http_requests_total\{method="GET",route="none",status="404"\} 1$/m)
  expect(ours).toMatch(/^redrive_http_request_duration_seconds_count\{method="POST",route="\/v1\/events"\} 2$/m)
  expect(ours).toMatch(/^redrive_queue_jobs\{queue="deliver",state="waiting"\} 0$/m)
  expect(ours).toMatch(/^redrive_queue_jobs\{queue="retry",state="delayed"\} 0$/m)
  expect(ours).toMatch(/^redrive_database_connections\{state="waiting"\} 0$/m)
  expect(ours).toMatch(/^redrive_oldest_owed_seconds 0$/m)
  expect(ours).toMatch(/^nodejs_eventloop_lag_p99_seconds /m)

  const theirs = await scrape(workerBase)
  expect(theirs).toMatch(
    /^redrive_attempts_total\{outcome="succeeded",code="none",trigger="automatic",next="succeeded"\} 1$/m,
  )
  expect(theirs).toMatch(/^redrive_publish_to_first_byte_seconds_count 1$/m)
  expect(theirs).toMatch(/^redrive_attempt_phase_seconds_count\{phase="firstByte"\} 1$/m)
  expect(theirs).toMatch(/^redrive_receiver_sockets\{state="waiting"\} 0$/m)
  for (const text of [ours, theirs]) expect(text).not.toContain(tenantId)
})

test('docs/operations.md lists them all, with their labels', async () => {
  const metrics = [...`${await scrape(base)}${await scrape(workerBase)}`.matchAll(/^# TYPE (redrive_\S+)/gm)]
  const rows = readFileSync(fileURLToPath(new URL('../../../docs/operations.md', import.meta.url)), 'utf8')
    .split('\n')
    .filter((line) => line.startsWith('| `redrive_'))
    .map((row) => row.split('|').map((cell) => [...cell.matchAll(/`(\w+)`/g)].map(([, name = '']) => name)))
  expect(rows.map(([, names = []]) => names[0]).sort()).toEqual([...new Set(metrics.map(([, name]) => name))].sort())

  // of those that have a value by now
  for (const [, [name = ''] = [], labels = []] of rows) {
    const text = `${await scrape(base)}${await scrape(workerBase)}`
    const [, shown] = new RegExp(`^${name}(?:_count)?(?:\\{(.*)\\})? `, 'm').exec(text) ?? []
    if (shown === undefined) continue
    expect([name, [...shown.matchAll(/(\w+)="/g)].map(([, label]) => label)]).toEqual([name, labels])
  }
})

test.each(FILES)('%s asks for metrics that there are', async (file) => {
  const known = new Set(
    [...`${await scrape(base)}${await scrape(workerBase)}`.matchAll(/^# TYPE (\S+) (\S+)$/gm)].flatMap(
      ([, name = '', type]) => (type === 'histogram' ? ['_bucket', '_sum', '_count'].map((end) => name + end) : [name]),
    ),
  )
  const text = readFileSync(fileURLToPath(new URL(`../../../docker/${file}`, import.meta.url)), 'utf8')
  const asked = [...text.matchAll(/\b(?:redrive|nodejs|process)_[a-z0-9_]+/g)].map(([name]) => name)
  expect(asked.length).toBeGreaterThan(1)
  expect(asked.filter((name) => !known.has(name))).toEqual([])
})
