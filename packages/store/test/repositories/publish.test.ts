import { createHash } from 'node:crypto'
import { afterAll, beforeAll, describe, expect, test } from '@jest/globals'
import { newId } from '@redrive/core'
import { eventually } from '@redrive/testkit/conditions'
import pg from 'pg'
import type { NewEvent, PublishAnswer } from '../../src/repositories.ts'
import type { Fixture } from './fixture.ts'
import { newEvent, openFixture } from './fixture.ts'

let fixture: Fixture
beforeAll(async () => {
  fixture = await openFixture()
  await fixture.endpoint(fixture.tenantId)
})
afterAll(() => fixture.close())

const entry = (change: Partial<NewEvent> = {}): NewEvent => newEvent({ tenantId: fixture.tenantId, ...change })
const keyed = (idempotencyKey: string, content = 'same', change: Partial<NewEvent> = {}): NewEvent =>
  entry({ idempotencyKey, contentHash: createHash('sha256').update(content).digest(), ...change })
const publish = (...events: NewEvent[]): Promise<PublishAnswer[]> => fixture.events.publish(events)
const kinds = (answers: readonly PublishAnswer[]): string[] => answers.map((answer) => answer.kind)
const row = (id: string) => fixture.db.event.findUniqueOrThrow({ where: { id } })

test('an event is kept whole', async () => {
  const endpointId = (await fixture.endpoint(fixture.tenantId)).id
  const event = entry({
    channel: 'eu',
    subject: { type: 'order', id: '7' },
    metadata: { a: 'ä"\\', b: '🚚' },
    sourceEventId: newId(),
    endpointId,
    createdAt: new Date('2026-03-04T05:06:07.089Z'),
    expiresAt: new Date('2126-03-04T05:06:07.089Z'),
  })
  const [answer] = await publish(event)
  const expected: Record<string, unknown> = { ...event, status: 'pending' }
  delete expected['payload']
  delete expected['contentHash']
  expect(answer).toEqual({ kind: 'created', event: expected })
  expect(await fixture.events.get(fixture.tenantId, event.id)).toEqual(expected)
})

test.each([
  ['white space', ' {\t"a" :\r\n  [ 1 ,2 ]\n}  '],
  ['big and odd numbers', '{"a":12345678901234567890123,"b":1.10,"c":-0,"d":1E400,"e":0.1e-7}'],
  ['escapes', '"\\u0000 \\u00e9 \\/ \\ud83d \\n \\\\ \\""'],
  ['key order and doubles', '{"b":1,"a":2,"b":3}'],
  ['text of many scripts', '"é 🚚 漢字 \u2028 \uFEFF {null} NULL, \'"'],
  ['looks of a date', '"2026-01-01T00:00:00Z"'],
  ['a null', 'null'],
])('the payload’s text is kept to the byte: %s', async (_name, payload) => {
  const id = await fixture.publish({ tenantId: fixture.tenantId, payload })
  expect((await fixture.events.getWithPayload(fixture.tenantId, id))?.payload).toBe(payload)
})

test('it is pending and looked at after a grace, or scheduled for its time', async () => {
  const later = new Date(Date.now() + 3_600_000)
  const [now, scheduled, past] = [entry(), entry({ deliverAt: later }), entry({ deliverAt: new Date(0) })]
  const answers = await publish(now, scheduled, past)
  expect(answers).toMatchObject([
    { event: { status: 'pending' } },
    { event: { status: 'scheduled', deliverAt: later } },
    { event: { status: 'pending' } },
  ])
  expect((await row(scheduled.id)).lookAt).toEqual(later)
  const seconds = ((await row(now.id)).lookAt?.getTime() ?? 0) / 1000 - Date.now() / 1000
  expect(seconds).toBeGreaterThan(5)
  expect(seconds).toBeLessThan(11)
})

describe('what nobody subscribes to is dispatched as it is written, and what anybody may take is left to fan-out', () => {
  const type = 'order.item.sent'
  const statusFor = async (tenantId: string, change: Partial<NewEvent> = {}) => {
    const event = entry({ tenantId, type, ...change })
    const [answer] = await publish(event)
    const { status, lookAt, dispatchedAt } = await row(event.id)
    expect(answer).toMatchObject({ kind: 'created', event: { status } })
    expect([lookAt !== null, dispatchedAt !== null]).toEqual([status !== 'dispatched', status === 'dispatched'])
    return status
  }

  test.each<[string, Parameters<Fixture['endpoint']>[1], string]>([
    ['by its type', { eventTypes: [type] }, 'pending'],
    ['by a prefix', { eventTypes: ['other', 'order.item.*'] }, 'pending'],
    ['to all', { eventTypes: ['*'] }, 'pending'],
    ['paused', { status: 'paused' }, 'pending'],
    ['in order', { ordering: 'fifo' }, 'pending'],
    ['to another channel', { channels: ['red'] }, 'pending'],
    ['with a filter', { filter: { a: 1 } }, 'pending'],
    ['disabled', { status: 'disabled' }, 'dispatched'],
    ['to something else', { eventTypes: ['order.item', 'orders.*', 'order.item.sent.*'] }, 'dispatched'],
  ])('an endpoint %s', async (name, change, status) => {
    const made = await fixture.tenants.create({ name })
    if ('conflict' in made) throw new Error('the tenant could not be made')
    await fixture.endpoint(made.tenant.id, change)
    expect(await statusFor(made.tenant.id)).toBe(status)
  })

  test('from the moment that an endpoint is there until it is deleted', async () => {
    const made = await fixture.tenants.create({ name: 'Coming and going' })
    if ('conflict' in made) throw new Error('the tenant could not be made')
    const tenantId = made.tenant.id
    expect(await statusFor(tenantId)).toBe('dispatched')
    const { id } = await fixture.endpoint(tenantId)
    expect(await statusFor(tenantId)).toBe('pending')
    await fixture.endpoints.delete(tenantId, id)
    expect(await statusFor(tenantId)).toBe('dispatched')
  })

  test('one that names its endpoint, or waits for its time, is none of them', async () => {
    const { id } = await fixture.endpoint(fixture.otherTenantId, { eventTypes: ['nothing'] })
    expect(await statusFor(fixture.otherTenantId, { endpointId: id })).toBe('pending')
    expect(await statusFor(fixture.otherTenantId, { deliverAt: new Date(Date.now() + 3_600_000) })).toBe('scheduled')
    expect(await statusFor(fixture.otherTenantId)).toBe('dispatched')
  })

  test('each by itself in a batch of many tenants and types', async () => {
    const heard = [entry(), entry({ type: 'a' }), entry()]
    const unheard = ['a', 'order.created', 'a'].map((name) => entry({ tenantId: fixture.otherTenantId, type: name }))
    const mixed = heard.flatMap((event, at) => [event, unheard[at] ?? event])
    const answers = await publish(...mixed)
    expect(answers.map((answer) => 'event' in answer && [answer.event.id, answer.event.status])).toEqual(
      mixed.map((event) => [event.id, heard.includes(event) ? 'pending' : 'dispatched']),
    )
  })
})

test('a thousand entries are answered in order', async () => {
  const events = Array.from({ length: 1000 }, (_, at) => entry({ type: `t.${String(at)}` }))
  const answers = await publish(...events)
  expect(answers.map((answer) => ('event' in answer ? answer.event.id : null))).toEqual(events.map((event) => event.id))
})

test('the same key: the first event again, or a conflict', async () => {
  const first = keyed('k1')
  await publish(first)
  const [same, other] = await publish(keyed('k1', 'same', { payload: '[]' }), keyed('k1', 'other'))
  expect(same).toMatchObject({ kind: 'replayed', event: { id: first.id } })
  expect(other).toEqual({ kind: 'conflict' })
  expect(await fixture.db.event.count({ where: { idempotencyKey: 'k1' } })).toBe(1)
})

test('the same key twice in one batch', async () => {
  const events = [keyed('k2'), entry(), keyed('k2'), keyed('k2', 'other')]
  const answers = await publish(...events)
  expect(kinds(answers)).toEqual(['created', 'created', 'replayed', 'conflict'])
  expect(answers[2]).toHaveProperty('event.id', events[0]?.id)
})

test('a key is the tenant’s own', async () => {
  const theirs = keyed('k3', 'other', { tenantId: fixture.otherTenantId })
  expect(kinds(await publish(keyed('k3'), theirs))).toEqual(['created', 'created'])
})

test('many at once with one key make one event', async () => {
  const events = Array.from({ length: 40 }, () => keyed('k4'))
  const answers = (await Promise.all(events.map((event) => publish(event)))).flat()
  expect(answers.filter((answer) => answer.kind === 'created')).toHaveLength(1)
  expect(new Set(answers.map((answer) => ('event' in answer ? answer.event.id : answer.kind))).size).toBe(1)
})

test('batches that share keys in opposite order don’t deadlock', async () => {
  const keys = Array.from({ length: 1000 }, (_, at) => `order-${String(at)}`)
  const batches = Array.from({ length: 8 }, (_, at) =>
    (at % 2 === 0 ? keys : keys.toReversed()).map((key) => keyed(key)),
  )
  const answers = (await Promise.all(batches.map((batch) => publish(...batch)))).flat()
  expect(answers.filter((answer) => answer.kind === 'created')).toHaveLength(1000)
  expect(answers.filter((answer) => answer.kind === 'replayed')).toHaveLength(7000)
})

test('who comes second waits for the first’s commit, and sees it', async () => {
  const first = keyed('k5')
  const other = new pg.Client({ connectionString: fixture.databaseUrl })
  await other.connect()
  try {
    await other.query('BEGIN')
    await other.query('INSERT INTO idempotency_keys (tenant_id, key, event_id, content_hash) VALUES ($1, $2, $3, $4)', [
      first.tenantId,
      'k5',
      first.id,
      first.contentHash,
    ])
    await other.query("INSERT INTO events (id, tenant_id, type, payload) VALUES ($1, $2, 'order.created', '{}')", [
      first.id,
      first.tenantId,
    ])
    const second = publish(keyed('k5'))
    await eventually(async () => {
      const { rows } = await other.query<{ n: number }>(
        `SELECT count(*)::int AS n FROM pg_stat_activity WHERE datname = current_database() AND wait_event_type = 'Lock'`,
      )
      return rows[0]?.n === 1
    }, 'the second to wait')
    await other.query('COMMIT')
    expect(await second).toMatchObject([{ kind: 'replayed', event: { id: first.id } }])
  } finally {
    await other.end()
  }
})

test('what has expired is refused and binds no key, but a key’s first event is answered all the same', async () => {
  const expiresAt = new Date(Date.now() - 1_000)
  const first = keyed('late', 'same', { expiresAt: new Date(Date.now() + 3_600_000) })
  await publish(first)
  const answers = await publish(
    entry({ expiresAt }),
    keyed('late', 'same', { expiresAt }),
    keyed('late', 'other', { expiresAt }),
    keyed('free', 'same', { expiresAt }),
  )
  expect(kinds(answers)).toEqual(['expired', 'replayed', 'conflict', 'expired'])
  expect(answers[1]).toMatchObject({ event: { id: first.id } })
  expect(kinds(await publish(keyed('free', 'other')))).toEqual(['created'])
})

test('a key whose event is gone binds no more', async () => {
  const first = keyed('k6')
  await publish(first)
  await fixture.db.event.delete({ where: { id: first.id } })
  const again = [keyed('k6', 'other'), keyed('k6', 'other')]
  const answers = await publish(...again)
  expect(kinds(answers)).toEqual(['created', 'replayed'])
  expect(answers[1]).toHaveProperty('event.id', again[0]?.id)
})

test('published twice, for its answer was lost: created both times, once', async () => {
  const [plain, withKey] = [entry(), keyed('k7')]
  await publish(plain, withKey)
  expect(await publish(plain, withKey)).toMatchObject([
    { kind: 'created', event: { id: plain.id } },
    { kind: 'created', event: { id: withKey.id } },
  ])
  expect(kinds(await publish({ ...plain, tenantId: fixture.otherTenantId }))).toEqual(['refused'])
})

test('a target must be an endpoint of the tenant', async () => {
  const theirs = await fixture.endpoint(fixture.otherTenantId)
  const deleted = await fixture.endpoint(fixture.tenantId)
  await fixture.endpoints.delete(fixture.tenantId, deleted.id)
  const disabled = await fixture.endpoint(fixture.tenantId, { status: 'disabled' })
  const paused = await fixture.endpoint(fixture.tenantId, { status: 'paused' })
  const targets = [theirs.id, newId(), 'no-id', deleted.id, disabled.id, paused.id]
  const answers = await publish(
    ...targets.map((endpointId) => keyed(`target-${endpointId}`, 'same', { endpointId })),
    entry(),
  )
  expect(kinds(answers)).toEqual([
    ...['unknown_endpoint', 'unknown_endpoint', 'unknown_endpoint'],
    ...['endpoint_deleted', 'endpoint_disabled', 'created', 'created'],
  ])
  // the key was not used up
  expect(kinds(await publish(keyed('target-no-id')))).toEqual(['created'])
})

test('a replay is answered though its endpoint has been deleted meanwhile', async () => {
  const { id: endpointId } = await fixture.endpoint(fixture.tenantId)
  const first = keyed('k8', 'same', { endpointId })
  await publish(first)
  await fixture.endpoints.delete(fixture.tenantId, endpointId)
  expect(await publish(keyed('k8', 'same', { endpointId }))).toMatchObject([
    { kind: 'replayed', event: { id: first.id } },
  ])
})

test('what the database can’t hold is refused alone', async () => {
  const random = Array.from({ length: 4000 }, () => Math.random().toString(36)).join('')
  const bad = [
    entry({ metadata: { a: '\u0000' } }),
    entry({ metadata: { a: '\ud800' } }),
    entry({ channel: 'a\u0000b' }),
    entry({ subject: { type: 'order', id: random } }),
    keyed(random),
    entry({ deliverAt: new Date(8.64e15) }),
    entry({ sourceEventId: 'no-id' }),
  ]
  const events = bad.flatMap((event) => [entry(), event, entry()])
  const answers = await publish(...events)
  expect(kinds(answers)).toEqual(bad.flatMap(() => ['created', 'refused', 'created']))
  expect(await fixture.db.event.count({ where: { id: { in: events.map((event) => event.id) } } })).toBe(bad.length * 2)
})
