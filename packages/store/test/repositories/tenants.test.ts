import { afterAll, beforeAll, describe, expect, test } from '@jest/globals'
import { attemptId, newId } from '@redrive/core'
import type { Fixture } from './fixture.ts'
import { addDelivery, openFixture } from './fixture.ts'

let fixture: Fixture
beforeAll(async () => {
  fixture = await openFixture()
})
afterAll(() => fixture.close())

async function tenant(name: string, slug?: string) {
  const answer = await fixture.tenants.create({ name, ...(slug !== undefined && { slug }) })
  if ('conflict' in answer) throw new Error('the slug is taken')
  return answer.tenant
}
const key = (tenantId: string) =>
  fixture.apiKeys.create({
    id: newId(),
    tenantId,
    name: 'k',
    scopes: ['events:write'],
    hash: Buffer.from([0, 1, 255]),
    expiresAt: null,
  })

test('found by id, slug and number', async () => {
  const made = await tenant('Ácme & Söns GmbH')
  expect(made.slug).toBe('acme-sons-gmbh')
  for (const reference of [made.id, made.slug, String(made.number)]) {
    expect(await fixture.tenants.find(reference)).toEqual(made)
  }
  const numeric = await tenant('N', String(made.number))
  expect((await fixture.tenants.find(String(made.number)))?.id).toBe(numeric.id) // a slug comes before a number
  for (const reference of ['nobody', newId(), '999999', '9'.repeat(30), ''])
    expect(await fixture.tenants.find(reference)).toBeNull()
})

test('a slug that is asked for may be taken; one that is made up is not', async () => {
  const first = await tenant('Twin')
  expect(await fixture.tenants.create({ name: 'Other', slug: 'twin' })).toEqual({ conflict: 'slug' })
  expect((await tenant('Twin')).slug).toMatch(/^twin-[0-9a-f]{12}$/)
  expect((await tenant('漢字')).slug).toBe('tenant')
  // another's number or id must not come to name this one
  expect((await tenant('7')).slug).toBe('tenant-7')
  expect((await tenant('9'.repeat(60))).slug).toBe(`tenant-${'9'.repeat(41)}`)
  expect((await tenant(first.id.toUpperCase())).slug).toBe(`tenant-${first.id}`)
  const other = await tenant('Other')
  expect(await fixture.tenants.update(other.id, { slug: 'twin' })).toEqual({ conflict: 'slug' })
  expect(await fixture.tenants.update(other.id, { name: 'New' })).toMatchObject({
    tenant: { name: 'New', slug: 'other' },
  })
  expect(await fixture.tenants.update(newId(), { name: 'New' })).toBeNull()
  // free again once its tenant is gone
  await fixture.tenants.delete(first.id)
  expect(await fixture.tenants.update(other.id, { slug: 'twin' })).toMatchObject({ tenant: { slug: 'twin' } })
})

test('keys', async () => {
  const made = await key(fixture.tenantId)
  const found = await fixture.apiKeys.findForAuthentication(made.id)
  expect(found).toEqual({ ...made, hash: Buffer.from([0, 1, 255]) })
  expect(await fixture.apiKeys.revoke(fixture.tenantId, made.id)).toBe(true)
  expect(await fixture.apiKeys.revoke(fixture.tenantId, made.id)).toBe(false)
  expect((await fixture.apiKeys.findForAuthentication(made.id))?.revokedAt).toBeInstanceOf(Date)
  expect((await fixture.apiKeys.list(fixture.tenantId, { limit: 5 })).data.map((item) => item.id)).toEqual([made.id])
  expect(await fixture.apiKeys.findForAuthentication('no-id')).toBeNull()
})

test('deleting a tenant ends its keys, endpoints and waiting deliveries', async () => {
  const { id: tenantId } = await tenant('Gone')
  const { id: keyId } = await key(tenantId)
  const { id: endpointId } = await fixture.endpoint(tenantId)
  const eventId = await fixture.publish({ tenantId })
  const deliveryId = await addDelivery(
    fixture.db,
    { tenantId, eventId, endpointId },
    { status: 'pending', lookAt: null },
  )
  const mine = await fixture.endpoint(fixture.tenantId)
  expect(await fixture.tenants.delete(tenantId)).toBe(true)
  expect(await fixture.tenants.get(tenantId)).toBeNull()
  expect((await fixture.tenants.list({ limit: 50 })).data.map((item) => item.id)).not.toContain(tenantId)
  expect((await fixture.apiKeys.findForAuthentication(keyId))?.revokedAt).toBeInstanceOf(Date)
  expect(await fixture.endpoints.get(tenantId, endpointId)).toBeNull()
  expect(await fixture.deliveries.get(tenantId, deliveryId)).toMatchObject({
    status: 'failed',
    failure: { code: 'endpoint_deleted' },
  })
  expect(await fixture.tenants.delete(tenantId)).toBe(false)
  expect(await fixture.endpoints.get(fixture.tenantId, mine.id)).not.toBeNull()
})

describe('another tenant’s does not exist', () => {
  let keyId: string, endpointId: string, eventId: string, deliveryId: string, attempt: string
  const page = { limit: 50 }
  beforeAll(async () => {
    const tenantId = fixture.tenantId
    keyId = (await key(tenantId)).id
    endpointId = (await fixture.endpoint(tenantId)).id
    eventId = await fixture.publish({ tenantId })
    deliveryId = await addDelivery(fixture.db, { tenantId, eventId, endpointId }, { status: 'failed' })
    attempt = attemptId(deliveryId, 1)
    await fixture.db.attempt.create({
      data: {
        id: attempt,
        deliveryId,
        tenantId,
        endpointId,
        number: 1,
        trigger: 'automatic',
        startedAt: new Date(),
        durationMs: 1,
        timings: {},
        request: {},
        outcome: 'failed',
        decision: '',
      },
    })
  })

  const lookups: [string, (tenantId: string) => Promise<unknown>][] = [
    ['endpoints.get', (tenantId) => fixture.endpoints.get(tenantId, endpointId)],
    ['endpoints.secret', (tenantId) => fixture.endpoints.secret(tenantId, endpointId)],
    ['endpoints.update', (tenantId) => fixture.endpoints.update(tenantId, endpointId, { description: 'changed' })],
    ['events.get', (tenantId) => fixture.events.get(tenantId, eventId)],
    ['events.getWithPayload', (tenantId) => fixture.events.getWithPayload(tenantId, eventId)],
    ['deliveries.get', (tenantId) => fixture.deliveries.get(tenantId, deliveryId)],
    ['attempts.get', (tenantId) => fixture.attempts.get(tenantId, attempt)],
    ['attempts.list', (tenantId) => fixture.attempts.list(tenantId, deliveryId, page)],
  ]
  test.each(lookups)('%s', async (_name, look) => {
    expect(await look(fixture.otherTenantId)).toBeNull()
    expect(await look(fixture.tenantId)).not.toBeNull()
  })

  const lists: [string, (tenantId: string) => Promise<{ data: unknown[] }>][] = [
    ['apiKeys.list', (tenantId) => fixture.apiKeys.list(tenantId, page)],
    ['endpoints.list', (tenantId) => fixture.endpoints.list(tenantId, page)],
    ['events.list', (tenantId) => fixture.events.list(tenantId, {}, page)],
    ['deliveries.list', (tenantId) => fixture.deliveries.list(tenantId, {}, page)],
    ['deliveries.list of an event', (tenantId) => fixture.deliveries.list(tenantId, { eventId }, page)],
    ['deliveries.list of an endpoint', (tenantId) => fixture.deliveries.list(tenantId, { endpointId }, page)],
  ]
  test.each(lists)('%s', async (_name, list) => {
    expect((await list(fixture.otherTenantId)).data).toEqual([])
    expect((await list(fixture.tenantId)).data).not.toEqual([])
  })

  const ends: [string, (tenantId: string) => Promise<boolean>][] = [
    ['apiKeys.revoke', (tenantId) => fixture.apiKeys.revoke(tenantId, keyId)],
    ['endpoints.delete', (tenantId) => fixture.endpoints.delete(tenantId, endpointId)],
  ]
  test.each(ends)('%s', async (_name, end) => {
    expect(await end(fixture.otherTenantId)).toBe(false)
    expect(await end(fixture.tenantId)).toBe(true)
  })
})
