import { randomBytes } from 'node:crypto'
import { afterAll, beforeAll, describe, expect, test } from '@jest/globals'
import { createSealer } from '@redrive/core'
import { silentLog } from '@redrive/runtime'
import { createLedger } from '../../src/ledger/create.ts'
import type { FirstClaims } from '../../src/ledger.ts'
import type { LedgerFixture } from './fixture.ts'
import { HELD, LEASE, LOST, openLedgerFixture, response, result, SUCCEEDED } from './fixture.ts'

/** Deliveries that are claimed by the statement that makes them. */

let f: LedgerFixture
let types = 0
beforeAll(async () => {
  f = await openLedgerFixture()
})
afterAll(() => f.close())

const ALL: FirstClaims = { leaseSeconds: LEASE, wants: () => true }

/** A type that only these endpoints take. */
async function subscribed(...changes: Parameters<typeof f.endpoint>[1][]) {
  const type = `first.claims.${String(++types)}`
  const endpoints = []
  for (const change of changes) endpoints.push(await f.endpoint(f.tenantId, { eventTypes: [type], ...change }))
  return { type, endpoints, publish: (entry = {}) => f.publish({ tenantId: f.tenantId, type, ...entry }) }
}

describe('what is claimed as it is made', () => {
  test('is what a claim would have made of it, and is nobody else’s', async () => {
    const { publish } = await subscribed({ headers: { authorization: { value: 'Bearer it', sensitive: true } } })
    const [early, late] = [await publish({ payload: '{"n":1}' }), await publish({ payload: '{"n":1}' })]
    const { due, claimed } = await f.ledger.fanOutUpTo([early], 10, ALL)
    expect(due).toEqual([])
    const [delivery] = claimed
    if (!delivery) throw new Error('nothing was claimed')
    const [other] = await f.ledger.fanOut([late])
    const asEver = await f.claim({ deliveryId: other?.deliveryId ?? '', round: 0 })
    const own = { claim: 0, id: 0, number: 0, createdAt: 0 }
    expect({ ...delivery, ...own, event: { ...delivery.event, id: 0, createdAt: 0 } }).toEqual({
      ...asEver,
      ...own,
      event: { ...asEver.event, id: 0, createdAt: 0 },
    })
    const [row, claimedRow] = [await f.row(delivery.id), await f.row(asEver.id)]
    for (const one of [row, claimedRow]) {
      expect(one).toMatchObject({ status: 'delivering', fence: 1, round: 0, nextAttemptAt: null, attemptCount: 0 })
      expect(Number(one.lookAt) - Number(one.claimedAt)).toBe(LEASE * 1000)
    }
    expect(await f.ledger.claim([{ deliveryId: delivery.id, round: 0 }], LEASE)).toEqual([
      { kind: 'nothing', reason: 'in_flight' },
    ])
    expect(await f.ledger.record([result(delivery, response(200), SUCCEEDED)])).toEqual([HELD])
    expect(await f.row(delivery.id)).toMatchObject({ status: 'succeeded', attemptCount: 1 })
  })

  test('has its own event and endpoint, however many share them', async () => {
    const { endpoints, publish } = await subscribed({ url: 'https://one.example/' }, { url: 'https://two.example/' })
    const eventIds = [await publish({ payload: '{"n":1}' }), await publish({ payload: '{"n":2}' })]
    const { claimed } = await f.ledger.fanOutUpTo(eventIds, 10, ALL)
    const found = claimed.map(({ event, endpoint }) => [event.id, event.payload, endpoint.id, endpoint.url])
    const expected = eventIds.flatMap((id, n) =>
      endpoints.map((endpoint) => [id, `{"n":${String(n + 1)}}`, endpoint.id, endpoint.url]),
    )
    expect(found.sort()).toEqual(expected.sort())
    for (const { endpoint } of claimed) expect(endpoint.secrets).toHaveLength(1)
  })

  test('is what is wanted alone; the rest is due', async () => {
    const { endpoints, publish } = await subscribed({}, {})
    const [wanted, other] = endpoints
    const eventId = await publish()
    const asked: string[] = []
    const { due, claimed } = await f.ledger.fanOutUpTo([eventId], 10, {
      leaseSeconds: LEASE,
      wants: ({ endpointId, tenantId }) => {
        expect(tenantId).toBe(f.tenantId)
        asked.push(endpointId)
        return endpointId === wanted?.id
      },
    })
    expect(asked.sort()).toEqual([wanted?.id, other?.id].sort())
    expect(claimed.map(({ endpoint }) => endpoint.id)).toEqual([wanted?.id])
    expect(due.map(({ endpointId }) => endpointId)).toEqual([other?.id])
  })

  test('is made and claimed once, however many fan the event out', async () => {
    const { publish } = await subscribed({})
    const eventIds = await Promise.all(Array.from({ length: 10 }, () => publish()))
    const runs = await Promise.all(Array.from({ length: 6 }, () => f.ledger.fanOutUpTo(eventIds, 100, ALL)))
    const ids = runs.flatMap(({ claimed }) => claimed.map(({ id }) => id))
    expect(ids).toHaveLength(10)
    expect(new Set(ids).size).toBe(10)
    expect(runs.flatMap(({ due }) => due)).toEqual([])
  })

  test('goes on elsewhere when its lease runs out', async () => {
    const { publish } = await subscribed({})
    const { claimed } = await f.ledger.fanOutUpTo([await publish()], 10, ALL)
    const [delivery] = claimed
    if (!delivery) throw new Error('nothing was claimed')
    await f.letPass(LEASE + 1)
    const { deliveries } = await f.ledger.sweep(100, 10)
    expect(deliveries.map(({ deliveryId }) => deliveryId)).toContain(delivery.id)
    expect(await f.attemptsOf(delivery.id)).toMatchObject([{ number: 1, errorCode: 'interrupted' }])
    expect(await f.ledger.record([result(delivery, response(200), SUCCEEDED)])).toEqual([LOST])
  })

  test('is given back where its endpoint’s secrets can’t be opened', async () => {
    const { publish } = await subscribed({})
    const others = createSealer([randomBytes(32)])
    const stranger = createLedger(f.db, { batches: f.batches, sealer: others, log: silentLog })
    const eventId = await publish()
    expect(await stranger.fanOutUpTo([eventId], 10, ALL)).toMatchObject({ due: [], claimed: [], left: [] })
    const row = await f.db.delivery.findFirstOrThrow({ where: { eventId } })
    expect(row).toMatchObject({ status: 'pending', attemptCount: 0, faults: 0 })
  })
})

describe('is never claimed as it is made', () => {
  const LIMITS = {
    maxConcurrency: { maxConcurrency: 2 },
    'a rate limit': { rateLimit: { limit: 2, perSeconds: 60 } },
  } as const
  test.each(Object.entries(LIMITS))('what its endpoint has no room for: %s', async (_, change) => {
    const { publish } = await subscribed(change)
    // room for all of them
    const first = await f.ledger.fanOutUpTo([await publish(), await publish()], 10, ALL)
    expect([first.claimed.length, first.due]).toEqual([2, []])
    const { claimed, due } = await f.ledger.fanOutUpTo([await publish()], 10, ALL)
    expect(claimed).toEqual([])
    // to ask at the gate
    expect(due).toHaveLength(1)
    expect(await f.ledger.claim(due, LEASE)).toMatchObject([{ kind: 'held' }])
    // and none goes past one that waits
    for (const delivery of first.claimed)
      await f.ledger.record([{ ...result(delivery, response(200), SUCCEEDED), limited: true }])
    expect(await f.ledger.fanOutUpTo([await publish()], 10, ALL)).toMatchObject({ due: [], claimed: [], left: [] })
  })

  test('more than its endpoint has room for, of which some may go by the gate', async () => {
    const { publish } = await subscribed({ maxConcurrency: 2 })
    const { claimed, due } = await f.ledger.fanOutUpTo([await publish(), await publish(), await publish()], 10, ALL)
    expect(claimed).toEqual([])
    const kinds = (await f.ledger.claim(due, LEASE)).map(({ kind }) => kind)
    expect(kinds).toEqual(['claimed', 'claimed', 'held'])
  })

  test('what its endpoint keeps in order', async () => {
    const { endpoints, publish } = await subscribed({ ordering: 'fifo', maxConcurrency: 5 })
    const { claimed, due, waitingAt } = await f.ledger.fanOutUpTo([await publish()], 10, ALL)
    expect([claimed, due]).toEqual([[], []])
    // its gate lets it in
    expect(waitingAt).toMatchObject(endpoints.map(({ id }) => ({ endpointId: id })))
    expect((await f.ledger.letIn(endpoints.map(({ id }) => id))).deliveries).toHaveLength(1)
  })

  test('what waits for an endpoint that is paused, in trouble, or has asked for a pause', async () => {
    const { endpoints, type, publish } = await subscribed({}, {}, {})
    const [paused, broken, asked] = endpoints.map(({ id }) => id)
    await f.db.endpoint.update({ where: { id: paused ?? '' }, data: { status: 'paused' } })
    await f.db.endpointHealth.create({ data: { endpointId: broken ?? '', breakerState: 'open' } })
    const notBefore = new Date(Date.now() + 60_000)
    await f.db.endpointHealth.create({ data: { endpointId: asked ?? '', notBefore } })
    const eventId = await publish()
    expect(await f.ledger.fanOutUpTo([eventId], 10, ALL)).toMatchObject({ claimed: [] })
    const rows = await f.db.delivery.findMany({ where: { eventId } })
    expect(rows.map(({ status, lookAt }) => [status, lookAt])).toEqual(rows.map(() => ['pending', null]))
    expect([rows.length, type]).toEqual([3, rows[0]?.eventType])
  })

  test('what has expired', async () => {
    const { publish } = await subscribed({})
    const eventId = await publish({ expiresAt: new Date(Date.now() - 1_000) })
    const { claimed, due } = await f.ledger.fanOutUpTo([eventId], 10, ALL)
    expect([claimed, due.length]).toEqual([[], 1])
  })
})
