import { afterAll, beforeAll, describe, expect, test } from '@jest/globals'
import { newId } from '@redrive/core'
import { query as sql } from '@redrive/testkit/postgres'
import type { EventState, PageRequest } from '../../src/repositories.ts'
import { progressQuery } from '../../src/repositories/event-progress.ts'
import { slice } from '../../src/repositories/page.ts'
import type { Fixture } from './fixture.ts'
import { addDelivery, idsOf, openFixture, walk } from './fixture.ts'

let fixture: Fixture
beforeAll(async () => {
  fixture = await openFixture()
})
afterAll(() => fixture.close())

describe('events by what has become of them', () => {
  type Status = Parameters<typeof addDelivery>[2]['status']
  const MADE: Record<EventState, readonly (readonly Status[])[]> = {
    failed: [['failed'], ['succeeded', 'failed'], ['failed', 'retrying', 'cancelled'], ['failed', 'failed', 'failed']],
    retrying: [['retrying'], ['retrying', 'pending'], ['cancelled', 'retrying', 'retrying']],
    pending: [['pending'], ['delivering', 'succeeded'], [], ['cancelled', 'pending']],
    cancelled: [['cancelled'], ['succeeded', 'cancelled'], ['cancelled', 'cancelled']],
    succeeded: [['succeeded'], ['succeeded', 'succeeded']],
  }
  /** Of events that are not dispatched yet. */
  const MADE_SO_FAR: Partial<Record<EventState, readonly (readonly Status[])[]>> = {
    failed: [['failed']],
    pending: [['cancelled'], ['succeeded']],
  }
  const states = Object.keys(MADE) as EventState[]
  let tenant: string
  let theirId: string
  let expected: Map<EventState, string[]>
  const list = (state: EventState) => (page: PageRequest) => fixture.events.listProgress(tenant, { state }, page)

  beforeAll(async () => {
    tenant = await fixture.tenant('Progress')
    const endpoints = await Promise.all(Array.from({ length: 3 }, () => fixture.endpoint(tenant)))
    const add = async (id: string, made: readonly Status[], status = 'dispatched') => {
      await fixture.publish({ tenantId: tenant, id })
      await fixture.db.event.update({ where: { id }, data: { status } })
      for (const [n, status] of made.entries()) {
        const endpointId = endpoints[n]?.id ?? ''
        await addDelivery(fixture.db, { tenantId: tenant, eventId: id, endpointId }, { status })
      }
      return id
    }
    const all: { id: string; state: EventState }[] = []
    const addEach = async (idOf: () => string) => {
      for (const state of states) {
        for (const made of MADE[state]) all.push({ id: await add(idOf(), made), state })
        for (const made of MADE_SO_FAR[state] ?? []) all.push({ id: await add(idOf(), made, 'pending'), state })
      }
    }
    await addEach(newId)
    // several ingresses made these in the same moment, so that their deliveries are in no order; one is another tenant's
    const moment = newId().slice(0, 18)
    const inThatMoment = () => moment + newId().slice(18)
    await addEach(inThatMoment)
    const { otherTenantId } = fixture
    const { id: endpointId } = await fixture.endpoint(otherTenantId)
    theirId = await fixture.publish({ tenantId: otherTenantId, id: inThatMoment() })
    await addDelivery(fixture.db, { tenantId: otherTenantId, eventId: theirId, endpointId }, { status: 'failed' })
    await addEach(newId)
    const newestFirst = all.sort((a, b) => (a.id < b.id ? 1 : -1))
    expected = new Map(states.map((one) => [one, newestFirst.filter(({ state }) => state === one).map(({ id }) => id)]))
  })

  test.each(states.flatMap((state) => [1, 2, 3, 5, 50].map((limit) => [state, limit] as const)))(
    '%s: each once, newest first, %d at a time',
    async (state, limit) => {
      expect(await walk(list(state), limit)).toEqual(expected.get(state))
    },
  )

  test.each(states)('%s: upwards from each', async (state) => {
    const ids = expected.get(state) ?? []
    for (const [n, newerThan] of ids.entries()) {
      const page = await list(state)({ limit: 2, newerThan })
      expect(idsOf(page)).toEqual(ids.slice(Math.max(0, n - 2), n))
      expect(page).toMatchObject({ hasOlder: true, hasNewer: n > 2 })
    }
  })

  test('by type too, and the system’s own only where they are asked for', async () => {
    const [endpoint] = (await fixture.endpoints.list(tenant, { limit: 1 })).data
    const failed = async (type: string) => {
      const eventId = await fixture.publish({ tenantId: tenant, type })
      const of = { tenantId: tenant, eventId, endpointId: endpoint?.id ?? '' }
      await addDelivery(fixture.db, of, { status: 'failed', eventType: type })
      return eventId
    }
    const [first, own, second, third] = [
      await failed('rare.type'),
      await failed('redrive.delivery.failed'),
      await failed('rare.type'),
      await failed('rare.type'),
    ]
    const of = (type: string) => (page: PageRequest) =>
      fixture.events.listProgress(tenant, { type, state: 'failed' }, page)
    expect(await walk(of('rare.type'), 1)).toEqual([third, second, first])
    expect(await walk(of('redrive.delivery.failed'), 1)).toEqual([own])
    expect(await walk(list('failed'), 4)).toEqual([third, second, first, ...(expected.get('failed') ?? [])])
    const theirs = await fixture.events.listProgress(fixture.otherTenantId, { state: 'failed' }, { limit: 50 })
    expect(idsOf(theirs)).toEqual([theirId])
  })
})

test.each(
  (['failed', 'retrying', 'cancelled'] as const).flatMap((state) => [
    [state, { olderThan: newId() }, 'Index Scan Backward using deliveries'] as const,
    [state, { newerThan: newId() }, 'Index Scan using deliveries'] as const,
  ]),
)(
  '%s, %j: found by an index of such deliveries, by a plan that does not know the values',
  async (state, page, scan) => {
    const query = progressQuery(newId(), { state }, slice({ limit: 50, ...page }))
    const url = new URL(fixture.databaseUrl)
    url.searchParams.set('options', '-c enable_seqscan=off')
    const plan = await sql<Record<string, string>>(url.href, `EXPLAIN (GENERIC_PLAN) ${query.text}`)
    const lines = plan.map((row) => Object.values(row).join(''))
    expect(lines.some((line) => line.includes(scan))).toBe(true)
    // no delivery is read to be left out by its status (an event is, by its state), and only the page is sorted
    expect(lines.filter((line) => /Filter: \((?!CASE).*status|Seq Scan|->  (Incremental )?Sort/.test(line))).toEqual([])
  },
)
