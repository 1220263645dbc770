import { afterAll, beforeAll, expect, test } from '@jest/globals'
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
