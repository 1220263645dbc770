import { afterAll, beforeAll, describe, expect, test } from '@jest/globals'
import type { Endpoint, EndpointSettings } from '@redrive/core'
import { openHeaders, sealedFor, toSettings } from '../../src/rows/endpoint-row.ts'
import type { Fixture } from './fixture.ts'
import { addDelivery, newEndpoint, openFixture, SECRET, sealer } from './fixture.ts'

let fixture: Fixture
beforeAll(async () => {
  fixture = await openFixture()
})
afterAll(() => fixture.close())

const make = (change: Parameters<Fixture['endpoint']>[1] = {}): Promise<Endpoint> =>
  fixture.endpoint(fixture.tenantId, change)
const update = (id: string, change: Parameters<Fixture['endpoints']['update']>[2]) =>
  fixture.endpoints.update(fixture.tenantId, id, change)
const row = (id: string) => fixture.db.endpoint.findUniqueOrThrow({ where: { id } })
async function waiting(endpointId: string, state: Parameters<typeof addDelivery>[2]): Promise<string> {
  const eventId = await fixture.publish({ tenantId: fixture.tenantId })
  return addDelivery(fixture.db, { tenantId: fixture.tenantId, eventId, endpointId }, state)
}
const delivery = (id: string) => fixture.db.delivery.findUniqueOrThrow({ where: { id } })

test('settings come back as they were given', async () => {
  const settings: EndpointSettings = {
    url: 'https://receiver.example/hook',
    timeoutSeconds: 60,
    headers: { 'x-team': { value: 'a', sensitive: false } },
    description: 'Ours',
    metadata: { team: 'a' },
    eventTypes: ['order.*', 'refund.created'],
    channels: ['eu'],
    filter: { 'data.total': { $gte: 100 } },
    signature: {
      scheme: 'hmac',
      algorithm: 'sha1',
      encoding: 'hex',
      header: 'x-sig',
      prefix: 'sha1=',
      includeTimestamp: false,
    },
    bodyFormat: 'cloudevents',
    retryPolicy: { strategy: 'fixed', delaySeconds: 1, maxRetries: 2, jitter: 0 },
    rateLimit: { limit: 5, perSeconds: 1 },
    maxConcurrency: 3,
    ordering: 'fifo',
    disableAfterSeconds: null,
    callbackUrl: 'https://receiver.example/told',
  }
  const made = await make(settings)
  expect(made).toMatchObject(settings)
  expect(made.number).toBeGreaterThan(0)
  expect(made.health).toEqual({ state: 'ok', since: null, consecutiveFailures: 0, nextProbeAt: null })
  expect(await fixture.endpoints.get(fixture.tenantId, made.id)).toEqual(made)
})

test('secret and sensitive headers are sealed, and neither shown nor lost', async () => {
  const made = await make({
    headers: { 'x-team': { value: 'a', sensitive: false }, authorization: { value: 'Bearer b', sensitive: true } },
  })
  expect(made.headers).toEqual({
    'x-team': { value: 'a', sensitive: false },
    authorization: { value: '[redacted]', sensitive: true },
  })
  expect(await fixture.endpoints.secret(fixture.tenantId, made.id)).toBe(SECRET)
  const secrets = await fixture.db.endpointSecret.findMany({ where: { endpointId: made.id } })
  const stored = await row(made.id)
  expect(JSON.stringify([stored.headers, secrets])).not.toMatch(/Bearer b|MfKQ9r8/)

  // what was read is written back, with a header more
  await update(made.id, {
    headers: {
      ...made.headers,
      authorization: { value: null, sensitive: true },
      cookie: { value: 'c', sensitive: true },
    },
  })
  const boundTo = sealedFor(fixture.tenantId, made.id)
  expect(openHeaders(toSettings(await row(made.id)).headers, sealer, boundTo)).toEqual({
    'x-team': { value: 'a', sensitive: false },
    authorization: { value: 'Bearer b', sensitive: true },
    cookie: { value: 'c', sensitive: true },
  })
})

test('a change leaves the rest, and null is a value', async () => {
  const made = await make({ filter: { a: 1 }, rateLimit: { limit: 1, perSeconds: 1 }, description: 'kept' })
  const changed = await update(made.id, { filter: null, url: 'http://b.example/' })
  expect(changed).toMatchObject({
    filter: null,
    url: 'http://b.example/',
    rateLimit: { limit: 1, perSeconds: 1 },
    description: 'kept',
    status: 'active',
  })
  expect(changed?.updatedAt.getTime()).toBeGreaterThanOrEqual(made.updatedAt.getTime())
})

describe('status', () => {
  test('disabling gives reason and time, which stay until it is enabled', async () => {
    const { id } = await make()
    const disabled = await update(id, { status: 'disabled', disabledReason: 'by hand' })
    expect(disabled).toMatchObject({ status: 'disabled', disabledReason: 'by hand' })
    expect(disabled?.disabledAt).toBeInstanceOf(Date)
    expect(await update(id, { description: 'x' })).toMatchObject({
      disabledReason: 'by hand',
      disabledAt: disabled?.disabledAt,
    })
    expect(await update(id, { status: 'active' })).toMatchObject({
      status: 'active',
      disabledReason: null,
      disabledAt: null,
    })
  })

  test('letting it work again forgets its failures', async () => {
    const { id } = await make()
    const probe = new Date(Date.now() + 30_000)
    await fixture.db.endpointHealth.create({
      data: { endpointId: id, consecutiveFailures: 4, failingSince: probe, breakerState: 'closed' },
    })
    const health = async () => (await fixture.endpoints.get(fixture.tenantId, id))?.health
    expect(await health()).toEqual({ state: 'failing', since: probe, consecutiveFailures: 4, nextProbeAt: null })
    await fixture.db.endpointHealth.update({
      where: { endpointId: id },
      data: { breakerState: 'open', nextProbeAt: probe },
    })
    expect(await health()).toEqual({ state: 'open', since: probe, consecutiveFailures: 4, nextProbeAt: probe })
    await update(id, { status: 'disabled' })
    expect(await update(id, { status: 'active' })).toMatchObject({ health: { state: 'ok', since: null } })
  })
})

test('deleting closes what is parked, leaves to its claim what waits for a time, and touches nothing else', async () => {
  const { id } = await make()
  const neighbour = await make()
  const parked = await waiting(id, { status: 'pending', lookAt: null })
  const scheduled = await waiting(id, { status: 'retrying', nextAttemptAt: new Date(Date.now() + 3_600_000) })
  const others = [
    scheduled,
    await waiting(id, { status: 'succeeded' }),
    await waiting(id, { status: 'delivering' }),
    await waiting(neighbour.id, { status: 'pending' }),
  ]
  const before = await Promise.all(others.map(delivery))
  expect(await fixture.endpoints.delete(fixture.tenantId, id)).toBe(true)
  const after = await fixture.deliveries.get(fixture.tenantId, parked)
  expect(after).toMatchObject({
    status: 'failed',
    failure: { code: 'endpoint_deleted' },
    nextAttemptAt: null,
    url: newEndpoint().url,
  })
  expect(after?.completedAt).toBeInstanceOf(Date)
  expect((await delivery(parked)).lookAt).toBeNull()
  expect(await Promise.all(others.map(delivery))).toEqual(before)
  expect(await fixture.endpoints.get(fixture.tenantId, id)).toBeNull()
  expect(await fixture.endpoints.secret(fixture.tenantId, id)).toBeNull()
  expect(await fixture.endpoints.delete(fixture.tenantId, id)).toBe(false)
})
