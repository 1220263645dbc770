import { afterAll, beforeAll, expect, test } from '@jest/globals'
import { query } from '@redrive/testkit/postgres'
import { startIngress, type TestIngress } from './harness.ts'

const LIMIT = 5

let ingress: TestIngress
beforeAll(async () => {
  ingress = await startIngress({ ingestLimitPerSecond: LIMIT })
})
afterAll(() => ingress.close())

const event = { type: 'order.created', payload: {} }

test('beyond its limit a tenant gets 429, with what it may and when, and other tenants do not', async () => {
  const [{ key }, other] = [await ingress.tenant('Loud'), await ingress.tenant('Quiet')]
  const answers = await Promise.all(
    Array.from({ length: 4 * LIMIT }, () => ingress.call('POST', '/v1/events', { key, json: event })),
  )
  const taken = answers.filter(({ status }) => status === 202)
  const refused = answers.filter(({ status }) => status === 429)
  expect(taken.length).toBeGreaterThanOrEqual(LIMIT)
  expect(refused.length).toBeGreaterThan(0)
  expect(taken.length + refused.length).toBe(4 * LIMIT)
  const [first] = refused
  expect(first?.json).toMatchObject({ status: 429, title: 'Too Many Requests' })
  expect(Object.fromEntries(first?.headers ?? [])).toMatchObject({
    'retry-after': '1',
    'ratelimit-limit': String(LIMIT),
    'ratelimit-remaining': '0',
    'ratelimit-reset': '1',
  })
  expect((await ingress.call('POST', '/v1/events', { key: other.key, json: event })).status).toBe(202)
  const { json } = await ingress.call('GET', '/v1/events', { key })
  expect(json['data']).toHaveLength(taken.length)
})

test('a batch is cut where the limit is reached, entry by entry', async () => {
  const { key } = await ingress.tenant('Batches')
  const { status, json } = await ingress.call('POST', '/v1/events/batch', {
    key,
    json: { events: Array.from({ length: LIMIT + 3 }, () => event) },
  })
  expect(status).toBe(202)
  const entries = json['data'] as ({ id: string } | { error: { status: number } })[] // as the API documents it
  expect(entries.map((entry) => ('id' in entry ? 202 : entry.error.status))).toEqual([
    ...Array.from({ length: LIMIT }, () => 202),
    ...Array.from({ length: 3 }, () => 429),
  ])
})

test('all ingresses together keep a tenant to its limit', async () => {
  const second = await startIngress({ ingestLimitPerSecond: LIMIT, databaseUrl: ingress.databaseUrl })
  try {
    const { key } = await ingress.tenant('Everywhere')
    const answers = new Map<TestIngress, number[]>([
      [ingress, []],
      [second, []],
    ])
    const began = performance.now()
    const untilMs = 2_500
    const callers = [...answers, ...answers].map(async ([where, statuses]) => {
      while (performance.now() - began < untilMs) {
        const { status, headers } = await where.call('POST', '/v1/events', { key, json: event })
        statuses.push(status)
        if (status === 429) expect(headers.get('retry-after')).toBe('1')
      }
    })
    await Promise.all(callers)
    const seconds = (performance.now() - began) / 1000
    const taken = [...answers.values()].map((statuses) => statuses.filter((status) => status === 202).length)
    const all = taken.reduce((sum, count) => sum + count, 0)
    // what the bucket holds at first, and what it is filled with meanwhile
    expect(all).toBeLessThanOrEqual(LIMIT + Math.ceil(LIMIT * seconds))
    expect(all).toBeGreaterThanOrEqual(LIMIT + Math.floor(LIMIT * (untilMs / 1000)) - 2)
    expect([...answers.values()].map((statuses) => statuses.includes(429))).toEqual([true, true])
    const [row] = await query<{ count: number }>(
      ingress.databaseUrl,
      `SELECT count(*)::int AS count FROM events e JOIN tenants t ON t.id = e.tenant_id WHERE t.name = 'Everywhere'`,
    )
    expect(row?.count).toBe(all)
  } finally {
    await second.close()
  }
})
