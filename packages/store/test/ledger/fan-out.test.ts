import { afterAll, beforeAll, describe, expect, test } from '@jest/globals'
import { deliveryId, newId } from '@redrive/core'
import { silentLog } from '@redrive/runtime'
import { createLedger } from '../../src/ledger/create.ts'
import { TYPE_PATTERNS } from '../../src/ledger/type-patterns.ts'
import { newEndpoint, newEvent, sealer } from '../repositories/fixture.ts'
import type { LedgerFixture } from './fixture.ts'
import { LEASE, openLedgerFixture, response, result, SUCCEEDED } from './fixture.ts'

let f: LedgerFixture
let tenantNumber = 0
beforeAll(async () => {
  f = await openLedgerFixture()
})
afterAll(() => f.close())

async function newTenant(): Promise<string> {
  const answer = await f.tenants.create({ name: `Tenant ${String(++tenantNumber)}` })
  if ('conflict' in answer) throw new Error('the tenant could not be made')
  return answer.tenant.id
}

const endpointsOf = (due: readonly { endpointId: string }[]) => due.map((entry) => entry.endpointId).sort()

describe('who gets an event', () => {
  test('those that subscribe to its type, a prefix of it or all, in its tenant only', async () => {
    const tenantId = await newTenant()
    const exact = await f.endpoint(tenantId, { eventTypes: ['order.item.sent'] })
    const prefix = await f.endpoint(tenantId, { eventTypes: ['other', 'order.*'] })
    const all = await f.endpoint(tenantId, { eventTypes: ['*'] })
    await f.endpoint(tenantId, { eventTypes: ['order.item'] })
    await f.endpoint(tenantId, { eventTypes: ['orders.*'] })
    await f.endpoint(f.otherTenantId, { eventTypes: ['*'] })
    const eventId = await f.publish({ tenantId, type: 'order.item.sent' })
    const due = await f.ledger.fanOut([eventId])
    expect(endpointsOf(due)).toEqual([exact.id, prefix.id, all.id].sort())
    expect(due[0]).toMatchObject({ round: 0, tenantId, eventType: 'order.item.sent', trigger: 'automatic' })
    const event = await f.db.event.findUniqueOrThrow({ where: { id: eventId } })
    expect(event).toMatchObject({ status: 'dispatched', lookAt: null, dispatchedAt: expect.any(Date) })
  })

  test.each([
    ['ping', ['*', 'ping']],
    ['order.shipped', ['*', 'order.shipped', 'order.*']],
    ['a.b.c', ['*', 'a.b.c', 'a.*', 'a.b.*']],
    ['redrive.endpoint.disabled', ['redrive.endpoint.disabled', 'redrive.*', 'redrive.endpoint.*']],
    ['redriven.x', ['*', 'redriven.x', 'redriven.*']],
  ])('the patterns that match %s', async (type, patterns) => {
    expect(await f.db.$queryRaw`SELECT ${TYPE_PATTERNS} AS patterns FROM (SELECT ${type} AS type) t`).toEqual([
      { patterns },
    ])
  })

  test('channels and filters', async () => {
    const tenantId = await newTenant()
    const open = await f.endpoint(tenantId, { eventTypes: ['*'] })
    const red = await f.endpoint(tenantId, { eventTypes: ['*'], channels: ['red'] })
    const large = await f.endpoint(tenantId, { eventTypes: ['*'], filter: { 'data.total': { $gte: 100 } } })
    const payload = (total: number) => JSON.stringify({ data: { total } })
    const fanOut = async (entry: object) => f.ledger.fanOut([await f.publish({ tenantId, ...entry })])
    expect(endpointsOf(await fanOut({ channel: 'red', payload: payload(1) }))).toEqual([open.id, red.id].sort())
    expect(endpointsOf(await fanOut({ channel: 'blue', payload: payload(100) }))).toEqual([open.id, large.id].sort())
    expect(endpointsOf(await fanOut({ payload: payload(99) }))).toEqual([open.id])
    const both = [await f.publish({ tenantId, channel: 'red' }), await f.publish({ tenantId, channel: 'blue' })]
    expect(endpointsOf(await f.ledger.fanOut(both))).toEqual([open.id, open.id, red.id].sort())
  })

  test('an endpoint that the event names, subscribed or not, and no other', async () => {
    const tenantId = await newTenant()
    await f.endpoint(tenantId, { eventTypes: ['*'] })
    const named = await f.endpoint(tenantId, { eventTypes: ['never'], channels: ['x'], filter: { a: 1 } })
    const eventId = await f.publish({ tenantId, endpointId: named.id })
    expect(endpointsOf(await f.ledger.fanOut([eventId]))).toEqual([named.id])
  })

  test('a paused endpoint’s is parked, a disabled or deleted one gets none', async () => {
    const tenantId = await newTenant()
    const paused = await f.endpoint(tenantId, { eventTypes: ['*'], status: 'paused' })
    await f.endpoint(tenantId, { eventTypes: ['*'], status: 'disabled' })
    const deleted = await f.endpoint(tenantId, { eventTypes: ['*'] })
    await f.endpoints.delete(tenantId, deleted.id)
    const eventId = await f.publish({ tenantId })
    expect(await f.ledger.fanOut([eventId])).toEqual([])
    const rows = await f.db.delivery.findMany({ where: { eventId } })
    expect(rows).toEqual([expect.objectContaining({ endpointId: paused.id, status: 'pending', lookAt: null })])
  })

  test('without anyone the event is dispatched to none', async () => {
    const eventId = await f.publish({ tenantId: await newTenant() })
    expect(await f.ledger.fanOut([eventId])).toEqual([])
    expect(await f.db.event.findUniqueOrThrow({ where: { id: eventId } })).toMatchObject({ status: 'dispatched' })
  })
})

describe('twice', () => {
  test('a job that runs again returns what is still owed and makes nothing new', async () => {
    const tenantId = await newTenant()
    for (let n = 0; n < 3; n++) await f.endpoint(tenantId, { eventTypes: ['*'] })
    const eventId = await f.publish({ tenantId })
    const first = await f.ledger.fanOut([eventId])
    expect(endpointsOf(await f.ledger.fanOut([eventId]))).toEqual(endpointsOf(first))
    await f.ledger.claim(first.slice(0, 1), LEASE)
    expect(endpointsOf(await f.ledger.fanOut([eventId]))).toEqual(endpointsOf(first.slice(1)))
    expect(await f.db.delivery.count({ where: { eventId } })).toBe(3)
  })

  test('what a crash between two inserts left half done is completed, and returned as a whole', async () => {
    const tenantId = await newTenant()
    const endpoints = [
      await f.endpoint(tenantId, { eventTypes: ['*'] }),
      await f.endpoint(tenantId, { eventTypes: ['*'] }),
    ]
    const eventId = await f.publish({ tenantId })
    const [done] = endpoints
    if (!done) throw new Error('no endpoint')
    await f.db.delivery.create({
      data: {
        id: deliveryId(eventId, done.id),
        tenantId,
        eventId,
        endpointId: done.id,
        eventType: 'order.created',
        nextAttemptAt: new Date(Date.now() - 1000),
        lookAt: new Date(Date.now() + 10_000),
      },
    })
    expect(endpointsOf(await f.ledger.fanOut([eventId]))).toEqual(endpoints.map((endpoint) => endpoint.id).sort())
  })

  test('at once', async () => {
    const tenantId = await newTenant()
    for (let n = 0; n < 5; n++) await f.endpoint(tenantId, { eventTypes: ['*'] })
    const eventIds = await Promise.all(Array.from({ length: 20 }, () => f.publish({ tenantId })))
    const orders = [eventIds, [...eventIds].reverse()]
    const runs = await Promise.all(Array.from({ length: 8 }, (_, n) => f.ledger.fanOut(orders[n % 2] ?? [])))
    for (const due of runs) expect(new Set(due.map((entry) => entry.deliveryId)).size).toBe(100)
    expect(await f.db.delivery.count({ where: { tenantId } })).toBe(100)
  })
})

test('what is scheduled for later, or is no event, is passed over', async () => {
  const tenantId = await newTenant()
  await f.endpoint(tenantId, { eventTypes: ['*'] })
  const eventId = await f.publish({ tenantId, deliverAt: new Date(Date.now() + 60_000) })
  expect(await f.ledger.fanOut([eventId, newId()])).toEqual([])
  expect(await f.ledger.fanOut([])).toEqual([])
  expect(await f.db.delivery.count({ where: { eventId } })).toBe(0)
})

test('as many events as are no more deliveries than asked for; the others are left as they were', async () => {
  const tenantId = await newTenant()
  for (let n = 0; n < 6; n++) await f.endpoint(tenantId, { eventTypes: n < 2 ? ['*'] : ['order.shipped'] })
  const few = [await f.publish({ tenantId }), await f.publish({ tenantId })]
  const many = await f.publish({ tenantId, type: 'order.shipped' })
  const { due, left } = await f.ledger.fanOutUpTo([many, ...few], 5)
  expect(left).toEqual([many])
  expect(due).toHaveLength(4)
  expect(await f.db.event.findUnique({ where: { id: many } })).toMatchObject({ status: 'pending' })
  expect(await f.db.delivery.count({ where: { eventId: many } })).toBe(0)
  expect(await f.ledger.fanOut([many])).toHaveLength(6)
})

async function manyEndpoints(tenantId: string, count: number, settings?: object): Promise<void> {
  const url = 'https://example.com/'
  const endpoint = () => ({ id: newId(), tenantId, url, eventTypes: ['*'], ...settings })
  // of many more Prisma makes several statements, and asks one connection all of them at once, which pg deprecates
  const most = 1_000
  for (let made = 0; made < count; made += most) {
    const length = Math.min(most, count - made)
    await f.db.endpoint.createMany({ data: Array.from({ length }, endpoint) })
  }
}

describe('in parts', () => {
  const PART = 250
  const eventOf = (id: string) => f.db.event.findUniqueOrThrow({ where: { id } })

  test('each endpoint has one delivery, those in publish order first, and the event is dispatched with the last', async () => {
    const tenantId = await newTenant()
    await manyEndpoints(tenantId, 300)
    await manyEndpoints(tenantId, 300, { filter: { never: 1 } })
    const inOrder = await f.endpoint(tenantId, { eventTypes: ['*'], ordering: 'fifo' })
    await manyEndpoints(tenantId, 1)
    await f.endpoint(f.otherTenantId, { eventTypes: ['*'] })
    const eventId = await f.publish({ tenantId })
    const looks: [string, boolean, number][] = []
    const due: { endpointId: string }[] = []
    const waitingAt: string[][] = []
    let next: string | null = null
    do {
      const part: Awaited<ReturnType<typeof f.ledger.fanOutPart>> = await f.ledger.fanOutPart(eventId, next, PART)
      due.push(...part.due)
      waitingAt.push(endpointsOf(part.waitingAt))
      next = part.next
      const { status, lookAt } = await eventOf(eventId)
      looks.push([status, (lookAt?.getTime() ?? 0) > Date.now() + 60_000, part.due.length])
    } while (next !== null)
    expect(looks).toEqual([
      ['pending', true, 0],
      ['pending', true, 250],
      ['dispatched', false, 51],
    ])
    expect(waitingAt).toEqual([[inOrder.id], [], []])
    expect(new Set(endpointsOf(due)).size).toBe(301)
    expect(await f.db.delivery.count({ where: { eventId } })).toBe(302)
  })

  test('who wants publish order waits for the event until it has its delivery, and not for the others', async () => {
    const tenantId = await newTenant()
    const inOrder = await f.endpoint(tenantId, { eventTypes: ['*'], ordering: 'fifo' })
    await manyEndpoints(tenantId, 260)
    const [early, late] = [await f.publish({ tenantId }), await f.publish({ tenantId, endpointId: inOrder.id })]
    expect(await f.ledger.fanOut([late])).toEqual([])
    const first = await f.ledger.fanOutPart(early, null, PART)
    expect(endpointsOf(first.waitingAt)).toEqual([inOrder.id])
    const { deliveries } = await f.ledger.letIn([inOrder.id])
    expect(deliveries).toMatchObject([{ deliveryId: deliveryId(early, inOrder.id) }])
    await f.ledger.fanOutPart(early, first.next, PART)
    for (const due of deliveries) await f.ledger.record([result(await f.claim(due), response(200), SUCCEEDED)])
    expect((await f.ledger.letIn([inOrder.id])).deliveries).toMatchObject([
      { deliveryId: deliveryId(late, inOrder.id) },
    ])
    expect(await eventOf(early)).toMatchObject({ status: 'pending' })
  })

  test('who wants publish order only since the first part is not left out', async () => {
    const tenantId = await newTenant()
    await manyEndpoints(tenantId, 260)
    const changing = await f.endpoint(tenantId, { eventTypes: ['*'] })
    const eventId = await f.publish({ tenantId })
    const { next } = await f.ledger.fanOutPart(eventId, null, PART)
    await f.endpoints.update(tenantId, changing.id, { ordering: 'fifo' })
    await f.ledger.fanOutPart(eventId, (await f.ledger.fanOutPart(eventId, next, PART)).next, PART)
    expect(await f.db.delivery.count({ where: { eventId, endpointId: changing.id } })).toBe(1)
    expect(await f.db.delivery.count({ where: { eventId } })).toBe(261)
  })

  test('who begins again makes none twice, and is told what is still owed', async () => {
    const tenantId = await newTenant()
    await manyEndpoints(tenantId, 260)
    const eventId = await f.publish({ tenantId })
    const { next: start } = await f.ledger.fanOutPart(eventId, null, PART)
    const first = await f.ledger.fanOutPart(eventId, start, PART)
    await f.ledger.claim(first.due.slice(0, 1), LEASE)
    const again = await f.ledger.fanOutPart(eventId, start, PART)
    expect(endpointsOf(again.due)).toEqual(endpointsOf(first.due.slice(1)))
    expect(again.next).toBe(first.next)
    const last = await f.ledger.fanOutPart(eventId, again.next, PART)
    expect(last).toMatchObject({ due: { length: 10 }, next: null })
    expect(await f.db.delivery.count({ where: { eventId } })).toBe(260)
    // it is dispatched: its own, wherever they were
    const { due, next } = await f.ledger.fanOutPart(eventId, first.next, PART)
    expect([due.length, next]).toEqual([259, null])
  })

  test('those whom a channel or a filter keeps out make no parts', async () => {
    const tenantId = await newTenant()
    await manyEndpoints(tenantId, 60, { channels: ['other'] })
    await manyEndpoints(tenantId, 1)
    await manyEndpoints(tenantId, 30, { filter: { never: 1 } })
    await manyEndpoints(tenantId, 5)
    await manyEndpoints(tenantId, 30, { filter: { never: 1 } })
    await manyEndpoints(tenantId, 1)
    const publish = (channel: string) => f.publish({ tenantId, channel })
    const [one, other] = [await publish('one'), await publish('other')]
    // 67 that take the channel, and 127
    expect(await f.ledger.fanOutUpTo([one, other], 66)).toMatchObject({ due: [], left: [one, other] })
    expect(await f.ledger.fanOutUpTo([other], 126)).toMatchObject({ due: [], left: [other] })
    const parts: string[][] = []
    let { next } = await f.ledger.fanOutPart(one, null, 2)
    while (next !== null) {
      const part = await f.ledger.fanOutPart(one, next, 2)
      parts.push(endpointsOf(part.due))
      next = part.next
    }
    expect(parts.map(({ length }) => length)).toEqual([2, 2, 2, 1])
    expect(new Set(parts.flat()).size).toBe(7)
    expect(await f.ledger.fanOutUpTo([await publish('one')], 67)).toMatchObject({ due: { length: 7 }, left: [] })
  })

  test('who wants publish order waits for the event while others of its kind have their deliveries and it has none', async () => {
    const tenantId = await newTenant()
    await manyEndpoints(tenantId, 501, { ordering: 'fifo' })
    const eventId = await f.publish({ tenantId })
    // the statements are a look-up and two inserts: the connection breaks before the last
    let statements = 0
    const broken = new Proxy(f.batches, {
      get(batches, name) {
        const own: unknown = Reflect.get(batches, name)
        if (name !== '$queryRaw' || typeof own !== 'function') return own
        return (...args: unknown[]) =>
          ++statements === 3 ? Promise.reject(new Error('gone')) : (Reflect.apply(own, batches, args) as unknown)
      },
    })
    const ledger = createLedger(f.db, { batches: broken, sealer, log: silentLog })
    await expect(ledger.fanOutPart(eventId, null, PART)).rejects.toThrow('gone')
    expect(await f.db.delivery.count({ where: { eventId } })).toBe(500)
    expect((await eventOf(eventId)).lookAt?.getTime()).toBeLessThan(Date.now() + 60_000)
  })

  test('what is claimed as it is made is not among what is due', async () => {
    const tenantId = await newTenant()
    await manyEndpoints(tenantId, 300)
    const eventId = await f.publish({ tenantId })
    const wants = { leaseSeconds: LEASE, wants: () => true }
    const start = await f.ledger.fanOutPart(eventId, null, PART, wants)
    const { due, claimed, next } = await f.ledger.fanOutPart(eventId, start.next, PART, wants)
    expect([due.length, claimed.length]).toEqual([0, 250])
    expect(endpointsOf(claimed.map(({ endpoint }) => ({ endpointId: endpoint.id }))).at(-1)).toBe(next)
  })

  test('what is scheduled for later, or is no event, is passed over', async () => {
    const tenantId = await newTenant()
    await f.endpoint(tenantId, { eventTypes: ['*'] })
    const later = await f.publish({ tenantId, deliverAt: new Date(Date.now() + 60_000) })
    for (const id of [later, newId()])
      expect(await f.ledger.fanOutPart(id, null, PART)).toEqual({ due: [], claimed: [], waitingAt: [], next: null })
  })
})

test('one event to 10,000 endpoints, and 1,000 events to 10', async () => {
  const many = await newTenant()
  await manyEndpoints(many, 10_000)
  const eventId = await f.publish({ tenantId: many })
  expect(await f.ledger.fanOut([eventId])).toHaveLength(10_000)

  const few = await newTenant()
  for (let n = 0; n < 10; n++) await f.endpoints.create(few, { ...newEndpoint(), eventTypes: ['*'] })
  const events = Array.from({ length: 1000 }, () => newEvent({ tenantId: few }))
  await f.events.publish(events)
  expect(await f.ledger.fanOut(events.map((event) => event.id))).toHaveLength(10_000)
  expect(await f.db.event.count({ where: { tenantId: few, status: 'dispatched' } })).toBe(1000)
})
