import { describe, expect, test } from '@jest/globals'
import {
  createApiKey,
  createTenant,
  listDeliveries,
  listEvents,
  publishBatch,
  publishEvent,
  retryDelivery,
  validate,
} from '@redrive/contracts'

const published = { type: 'order.shipped', payload: {} }
const ID = '019ab000-0000-7000-8000-00000000000a'

function pointers(schema: Parameters<typeof validate>[0], input: unknown): string[] {
  const result = validate(schema, input)
  return result.ok ? [] : result.errors.map((error) => error.pointer)
}

describe('publishing', () => {
  test('type and payload are enough', () => {
    expect(validate(publishEvent, published)).toEqual({
      ok: true,
      value: {
        ...published,
        channel: null,
        subject: null,
        metadata: {},
        idempotencyKey: null,
        endpointId: null,
        deliverAt: null,
        expiresAt: null,
      },
    })
  })

  test.each([null, false, 0, '', [], 'text'])('the payload may be %j', (payload) => {
    expect(validate(publishEvent, { ...published, payload })).toMatchObject({ ok: true, value: { payload } })
  })

  test('times become dates, ids lower-case', () => {
    const times = { deliverAt: '2026-01-01T00:00:00+02:00', expiresAt: '2026-01-02' }
    expect(validate(publishEvent, { ...published, ...times, endpointId: ID.toUpperCase() })).toMatchObject({
      value: {
        deliverAt: new Date('2025-12-31T22:00:00Z'),
        expiresAt: new Date('2026-01-02T00:00:00Z'),
        endpointId: ID,
      },
    })
  })

  test.each<[object, string]>([
    [{ type: undefined }, '/type'],
    [{ type: 'a..b' }, '/type'],
    [{ type: 'order.*' }, '/type'],
    [{ type: 'redrive.endpoint.disabled' }, '/type'],
    [{ type: 'a'.repeat(129) }, '/type'],
    [{ payload: undefined }, '/payload'],
    [{ channel: '' }, '/channel'],
    [{ channel: 'a'.repeat(129) }, '/channel'],
    [{ channel: 'a\0' }, '/channel'],
    [{ subject: { type: 'order' } }, '/subject/id'],
    [{ subject: { type: 'order', id: '\ud800' } }, '/subject/id'],
    [{ subject: { type: 'order', id: '1', x: 1 } }, '/subject/x'],
    [{ metadata: { '': 'a' } }, '/metadata/'],
    [{ metadata: [] }, '/metadata'],
    [{ idempotencyKey: '' }, '/idempotencyKey'],
    [{ idempotencyKey: 'a b' }, '/idempotencyKey'],
    [{ idempotencyKey: 'a'.repeat(256) }, '/idempotencyKey'],
    [{ idempotencyKey: 'ü' }, '/idempotencyKey'],
    [{ endpointId: 'x' }, '/endpointId'],
    [{ deliverAt: 'tomorrow' }, '/deliverAt'],
    [{ deliverAt: '2026-02-30T00:00:00Z' }, '/deliverAt'],
    [{ deliverAt: '2026-01-01T00:00:00' }, '/deliverAt'],
    [{ deliverAt: '+275760-01-01T00:00:00Z' }, '/deliverAt'],
    [{ deliverAt: '9999-12-31T23:59:59-23:00' }, '/deliverAt'],
    [{ deliverAt: '0001-01-01T00:00:00Z' }, '/deliverAt'],
    [{ deliverAt: 1_700_000_000 }, '/deliverAt'],
    [{ deliverAt: '2026-01-02', expiresAt: '2026-01-02' }, '/expiresAt'],
    [{ id: ID }, '/id'],
  ])('%j is refused', (fields, pointer) => {
    expect(pointers(publishEvent, { ...published, ...fields })).toEqual([pointer])
  })

  test('a batch has 1 to 1,000 entries, looked at one by one later', () => {
    expect(pointers(publishBatch, { events: [null, 'bad'] })).toEqual([])
    expect(pointers(publishBatch, { events: Array<null>(1000).fill(null) })).toEqual([])
    expect(pointers(publishBatch, { events: Array<null>(1001).fill(null) })).toEqual(['/events'])
    expect(pointers(publishBatch, { events: [] })).toEqual(['/events'])
    expect(pointers(publishBatch, {})).toEqual(['/events'])
  })
})

describe('list queries', () => {
  test('have defaults, and turn text into values', () => {
    expect(validate(listDeliveries, {})).toEqual({ ok: true, value: { limit: 50 } })
    expect(validate(listDeliveries, { limit: '250', httpStatus: '503', status: 'failed', cursor: 'aB-_9' })).toEqual({
      ok: true,
      value: { limit: 250, httpStatus: 503, status: 'failed', cursor: 'aB-_9' },
    })
    expect(validate(listEvents, { since: '2026-01-01', until: '2026-01-01', type: 'redrive.*' })).toEqual({
      ok: true,
      value: { limit: 50, since: new Date('2026-01-01'), until: new Date('2026-01-01'), type: 'redrive.*' },
    })
  })

  test.each<[object, string]>([
    [{ limit: '0' }, '/limit'],
    [{ limit: '251' }, '/limit'],
    [{ limit: '-1' }, '/limit'],
    [{ limit: '1e2' }, '/limit'],
    [{ limit: '' }, '/limit'],
    [{ limit: ['1', '2'] }, '/limit'],
    [{ cursor: '' }, '/cursor'],
    [{ cursor: 'a b' }, '/cursor'],
    [{ status: 'lost' }, '/status'],
    [{ endpointId: '1' }, '/endpointId'],
    [{ httpStatus: '99' }, '/httpStatus'],
    [{ errorCode: 'oops' }, '/errorCode'],
    [{ eventType: 'a.*' }, '/eventType'],
    [{ since: '275760-01-01' }, '/since'],
    [{ since: '1969-12-31' }, '/since'],
    [{ since: '2026-01-02', until: '2026-01-01' }, '/until'],
    [{ page: '2' }, '/page'],
  ])('%j is refused', (query, pointer) => {
    expect(pointers(listDeliveries, query)).toEqual([pointer])
  })
})

test('a manual retry goes by the policy unless told otherwise', () => {
  expect(validate(retryDelivery, {})).toEqual({ ok: true, value: { mode: 'policy', force: false } })
  expect(pointers(retryDelivery, { mode: 'twice' })).toEqual(['/mode'])
  expect(pointers(retryDelivery, { force: 'true' })).toEqual(['/force'])
})

describe('tenants and keys', () => {
  test.each([
    [{ name: 'Acme' }, []],
    [{ name: 'Acme', slug: 'acme-2' }, []],
    [{ name: '' }, ['/name']],
    [{ name: 'Acme', slug: 'Acme' }, ['/slug']],
    [{ name: 'Acme', slug: 'a--b' }, ['/slug']],
    [{ name: 'Acme', slug: '42' }, ['/slug']],
    [{ name: 'Acme', slug: ID }, ['/slug']],
    [{ name: 'a\0' }, ['/name']],
  ])('%j: %j', (tenant, expected) => {
    expect(pointers(createTenant, tenant)).toEqual(expected)
  })

  test.each([
    [{ name: 'ci', scopes: ['events:write'] }, []],
    [{ name: 'ci', scopes: [] }, ['/scopes']],
    [{ name: 'ci', scopes: ['root'] }, ['/scopes/0']],
    [{ name: 'ci' }, ['/scopes']],
    [{ name: 'ci', scopes: ['operator'], expiresAt: 'soon' }, ['/expiresAt']],
  ])('%j: %j', (key, expected) => {
    expect(pointers(createApiKey, key)).toEqual(expected)
  })
})
