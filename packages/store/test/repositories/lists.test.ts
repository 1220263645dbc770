import { afterAll, beforeAll, describe, expect, test } from '@jest/globals'
import { attemptId, createIdGenerator, deliveryId, newId } from '@redrive/core'
import type { PageRequest } from '../../src/repositories.ts'
import type { Fixture } from './fixture.ts'
import { addDelivery, idsOf, newEvent, openFixture, walk } from './fixture.ts'

let fixture: Fixture
let tenantId: string
beforeAll(async () => {
  fixture = await openFixture()
  tenantId = fixture.tenantId
})
afterAll(() => fixture.close())

describe('pages of events', () => {
  const channel = 'pages'
  const list = (page: PageRequest) => fixture.events.list(tenantId, { channel }, page)
  let ids: string[]
  beforeAll(async () => {
    const events = Array.from({ length: 7 }, () => newEvent({ tenantId, channel }))
    await fixture.events.publish(events)
    ids = events.map((event) => event.id).reverse()
  })

  test.each([1, 2, 3, 7, 8])('of %d: each event once, newest first', async (limit) => {
    expect(await walk(list, limit)).toEqual(ids)
  })

  test('the ends of the list are known', async () => {
    expect(await list({ limit: 7 })).toMatchObject({ hasOlder: false, hasNewer: false })
    expect(await list({ limit: 6 })).toMatchObject({ hasOlder: true, hasNewer: false })
    const [newest, second, third, , , sixth] = ids
    const up = (newerThan: string | undefined, limit: number) => list({ limit, newerThan: newerThan ?? '' })
    const full = await up(third, 2)
    expect(idsOf(full)).toEqual([newest, second])
    expect(full).toMatchObject({ hasOlder: true, hasNewer: false })
    const near = await up(sixth, 2)
    expect(idsOf(near)).toEqual(ids.slice(3, 5))
    expect(near).toMatchObject({ hasOlder: true, hasNewer: true })
  })

  test('stay as they are while events are added', async () => {
    const first = await list({ limit: 3 })
    await fixture.publish({ tenantId, channel })
    const second = await list({ limit: 3, olderThan: first.data.at(-1)?.id ?? '' })
    expect([...idsOf(first), ...idsOf(second)]).toEqual(ids.slice(0, 6))
    const back = await list({ limit: 3, newerThan: second.data[0]?.id ?? '' })
    expect(back.data).toEqual(first.data)
    expect(back.hasNewer).toBe(true)
  })
})

describe('events of types below a prefix', () => {
  let tenant: string
  let ids: string[]
  const list = (page: PageRequest) => fixture.events.list(tenant, { typePrefix: 'walk_it' }, page)
  beforeAll(async () => {
    tenant = await fixture.tenant('Types')
    const types = ['b', 'a', 'b', 'a.c', 'a'].map((type) => `walk_it.${type}`)
    const others = ['before', 'walk_it', 'walk_it_all.a', 'walkXit.a', 'zoo']
    const events = types
      .flatMap((type, n) => [type, others[n] ?? ''])
      .map((type) => newEvent({ tenantId: tenant, type }))
    await fixture.events.publish(events)
    ids = events
      .filter(({ type }) => types.includes(type))
      .map(({ id }) => id)
      .reverse()
  })

  test.each([1, 2, 5, 6])('each once, newest first, %d at a time', async (limit) => {
    expect(ids).toHaveLength(5)
    expect(await walk(list, limit)).toEqual(ids)
  })

  test('upwards', async () => {
    const page = await list({ limit: 2, newerThan: ids[3] ?? '' })
    expect(idsOf(page)).toEqual(ids.slice(1, 3))
    expect(page).toMatchObject({ hasOlder: true, hasNewer: true })
  })
})

describe('filters of events', () => {
  const list = async (filters: Parameters<Fixture['events']['list']>[1]) =>
    (await fixture.events.list(fixture.otherTenantId, filters, { limit: 50 })).data.map((event) => event.type)
  const publish = (type: string, change: object = {}) =>
    fixture.publish({ tenantId: fixture.otherTenantId, type, ...change })
  beforeAll(async () => {
    await publish('order.created', { subject: { type: 'order', id: '1' } })
    await publish('order.paid', { channel: 'eu' })
    await publish('order_line.added')
    await publish('orderXline.added')
    await publish('redrive.endpoint.disabled')
    await publish('redrive.delivery.failed')
  })

  test('the system’s own are listed only where they are asked for', async () => {
    expect(await list({})).toEqual(['orderXline.added', 'order_line.added', 'order.paid', 'order.created'])
    expect(await list({ typePrefix: 'redrive' })).toEqual(['redrive.delivery.failed', 'redrive.endpoint.disabled'])
    expect(await list({ typePrefix: 'redrive.endpoint' })).toEqual(['redrive.endpoint.disabled'])
    expect(await list({ type: 'redrive.delivery.failed' })).toEqual(['redrive.delivery.failed'])
  })

  test('type, prefix, channel, subject', async () => {
    expect(await list({ type: 'order.paid' })).toEqual(['order.paid'])
    expect(await list({ typePrefix: 'order' })).toEqual(['order.paid', 'order.created'])
    expect(await list({ typePrefix: 'order_line' })).toEqual(['order_line.added'])
    expect(await list({ channel: 'eu' })).toEqual(['order.paid'])
    expect(await list({ subjectType: 'order', subjectId: '1' })).toEqual(['order.created'])
    expect(await list({ subjectType: 'order', subjectId: '2' })).toEqual([])
  })

  test('since and until, of which until is left out', async () => {
    let now = Date.parse('2026-02-03T04:05:06.007Z')
    const idAt = createIdGenerator(() => now)
    const at = (ms: number) => {
      now = ms
      return publish('timed', { id: idAt() })
    }
    const [a, b, c] = [now, now + 1, now + 2]
    await at(a)
    const inside = await at(b)
    await at(c)
    const period = { since: new Date(b), until: new Date(c) }
    const ids = async (page: Omit<PageRequest, 'limit'>) =>
      idsOf(await fixture.events.list(fixture.otherTenantId, period, { limit: 5, ...page }))
    expect(await ids({})).toEqual([inside])
    expect(await ids({ olderThan: newId() })).toEqual([inside])
    expect(await ids({ olderThan: inside })).toEqual([])
    expect(await ids({ newerThan: inside })).toEqual([])
  })
})

describe('deliveries', () => {
  const events: string[] = []
  const endpoints: string[] = []
  const ids: Record<string, string> = {}
  const list = async (filters: Parameters<Fixture['deliveries']['list']>[1]) =>
    idsOf(await fixture.deliveries.list(tenantId, filters, { limit: 50 }))
  beforeAll(async () => {
    for (const url of ['https://a.example/', 'https://b.example/'])
      endpoints.push((await fixture.endpoint(tenantId, { url })).id)
    for (let n = 0; n < 2; n++) events.push(await fixture.publish({ tenantId }))
    const add = (event: number, endpoint: number, state: Parameters<typeof addDelivery>[2]) =>
      addDelivery(fixture.db, { tenantId, eventId: events[event] ?? '', endpointId: endpoints[endpoint] ?? '' }, state)
    ids['ok'] = await add(0, 0, {
      status: 'succeeded',
      attemptCount: 1,
      lastStatus: 204,
      lastStartedAt: new Date(),
      lastDurationMs: 5,
    })
    ids['failed'] = await add(0, 1, {
      status: 'failed',
      attemptCount: 10,
      policyAttempts: 10,
      lastStatus: 500,
      lastErrorCode: 'http_status',
      lastErrorMessage: 'status 500',
      failureCode: 'http_status',
      failureMessage: 'status 500',
      lastStartedAt: new Date(),
      lastDurationMs: 7,
    })
    ids['retrying'] = await add(1, 0, {
      status: 'retrying',
      attemptCount: 5,
      policyAttempts: 2,
      lastErrorCode: 'timeout',
      lastStartedAt: new Date(),
    })
    ids['other type'] = await add(1, 1, { status: 'pending', eventType: 'order.paid' })
  })

  test('each filter', async () => {
    expect(await list({ status: 'failed' })).toEqual([ids['failed']])
    expect(new Set(await list({ endpointId: endpoints[0] ?? '' }))).toEqual(new Set([ids['ok'], ids['retrying']]))
    expect(new Set(await list({ eventId: events[1] ?? '' }))).toEqual(new Set([ids['retrying'], ids['other type']]))
    expect(await list({ eventType: 'order.paid' })).toEqual([ids['other type']])
    expect(await list({ httpStatus: 204 })).toEqual([ids['ok']])
    expect(await list({ errorCode: 'timeout' })).toEqual([ids['retrying']])
    expect(await list({ status: 'failed', endpointId: endpoints[0] ?? '' })).toEqual([])
    expect(await list({ since: new Date(Date.now() + 1000) })).toEqual([])
    expect(await list({ until: new Date(Date.now() + 1000) })).toHaveLength(4)
  })

  test('pages of one event’s', async () => {
    const eventId = events[0] ?? ''
    const walked = await walk((page) => fixture.deliveries.list(tenantId, { eventId }, page), 1)
    expect(walked).toEqual([ids['ok'] ?? '', ids['failed'] ?? ''].sort().reverse())
  })

  test('what one says', async () => {
    const failed = await fixture.deliveries.get(tenantId, ids['failed'] ?? '')
    expect(failed).toMatchObject({
      url: 'https://b.example/',
      attemptCount: 10,
      maxAttempts: 10,
      failure: { code: 'http_status', message: 'status 500' },
      lastAttempt: {
        id: attemptId(ids['failed'] ?? '', 10),
        number: 10,
        durationMs: 7,
        status: 500,
        error: { code: 'http_status', message: 'status 500' },
      },
    })
    expect(failed?.number).toBeGreaterThan(0)
    // three attempts of an earlier run, two of this one's ten
    expect(await fixture.deliveries.get(tenantId, ids['retrying'] ?? '')).toMatchObject({
      maxAttempts: 13,
      failure: null,
    })
    expect(await fixture.deliveries.get(tenantId, ids['other type'] ?? '')).toMatchObject({
      maxAttempts: 10,
      lastAttempt: null,
    })
    expect(await fixture.events.getWithPayload(tenantId, events[0] ?? '')).toMatchObject({
      deliveries: { succeeded: 1, failed: 1 },
    })
  })

  test('attempts, newest first', async () => {
    const id = ids['retrying'] ?? ''
    const common = {
      deliveryId: id,
      tenantId,
      endpointId: endpoints[0] ?? '',
      trigger: 'automatic',
      durationMs: 3,
      decision: 'retry in 5 s',
      outcome: 'failed',
    }
    const timings = { dns: null, connect: 1, tls: null, firstByte: 2, total: 3 }
    const request = { method: 'POST', url: 'https://a.example/', headers: { 'webhook-id': 'x' } }
    await fixture.db.attempt.createMany({
      data: [1, 2, 3, 4, 5].map((number) => ({
        ...common,
        id: attemptId(id, number),
        number,
        startedAt: new Date(number),
        timings,
        request,
        ...(number === 2
          ? {
              responseStatus: 500,
              responseHeaders: { a: 'b' },
              responseBody: 'no',
              bodyTruncated: true,
              errorCode: 'http_status',
              errorMessage: 'status 500',
            }
          : { errorCode: 'timeout', errorMessage: 'no answer' }),
      })),
    })
    const list = async (page: PageRequest) => {
      const answer = await fixture.attempts.list(tenantId, id, page)
      if (!answer) throw new Error('the delivery was not found')
      return answer
    }
    const all = [5, 4, 3, 2, 1].map((number) => attemptId(id, number))
    expect(await walk(list, 2)).toEqual(all)
    const up = await list({ limit: 2, newerThan: attemptId(id, 1) })
    expect(idsOf(up)).toEqual([attemptId(id, 3), attemptId(id, 2)])
    expect(up).toMatchObject({ hasNewer: true, hasOlder: true })
    expect(await fixture.attempts.get(tenantId, attemptId(id, 2))).toEqual({
      id: attemptId(id, 2),
      deliveryId: id,
      tenantId,
      number: 2,
      trigger: 'automatic',
      startedAt: new Date(2),
      durationMs: 3,
      timings,
      request,
      response: { status: 500, headers: { a: 'b' }, body: 'no', bodyTruncated: true },
      outcome: 'failed',
      error: { code: 'http_status', message: 'status 500' },
      decision: 'retry in 5 s',
      nextAttemptAt: null,
    })
    expect(await fixture.attempts.get(tenantId, attemptId(id, 3))).toMatchObject({
      response: null,
      error: { code: 'timeout' },
    })
    expect(await fixture.attempts.list(tenantId, deliveryId(newId(), newId()), { limit: 1 })).toBeNull()
  })
})

describe('what few have is found by an index, in the list’s order', () => {
  test.each([
    ['deliveries', "status = 'pending'"],
    ['deliveries', "status = 'retrying'"],
    ['deliveries', "status = 'failed'"],
    ['deliveries', "status = 'cancelled'"],
    ['deliveries', 'last_status = 500 AND last_status <> 200'],
    ['deliveries', "last_error_code = 'tls'"],
    ['deliveries', "event_type = 'a.b'"],
    ['events', "type = 'a.b'"],
    ['events', "channel = 'eu'"],
    ['events', "subject_type = 'order' AND subject_id = '1'"],
  ])('%s: %s', async (table, clause) => {
    const plan = await fixture.db.$queryRawUnsafe<Record<string, string>[]>(
      `EXPLAIN SELECT * FROM ${table} WHERE tenant_id = '${tenantId}' AND ${clause} ORDER BY id DESC LIMIT 51`,
    )
    const lines = plan.map((row) => Object.values(row).join(''))
    expect(lines.some((line) => line.includes('Index Scan Backward using'))).toBe(true)
    // neither what the index's own condition says is asked of each row, nor are rows sorted, but those of partitions merged
    expect(lines.filter((line) => /Filter|->  Sort|^Sort|Seq Scan/.test(line))).toEqual([])
  })
})
