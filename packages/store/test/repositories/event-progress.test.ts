import { afterAll, beforeAll, describe, expect, test } from '@jest/globals'
import { newId } from '@redrive/core'
import type { EventState, PageRequest } from '../../src/repositories.ts'
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
  const states = Object.keys(MADE) as EventState[]
  let tenant: string
  let expected: Map<EventState, string[]>
  const list = (state: EventState) => (page: PageRequest) => fixture.events.listProgress(tenant, { state }, page)

  beforeAll(async () => {
    tenant = await fixture.tenant('Progress')
    const endpoints = await Promise.all(Array.from({ length: 3 }, () => fixture.endpoint(tenant)))
    const add = async (id: string, made: readonly Status[]) => {
      await fixture.publish({ tenantId: tenant, id })
      await fixture.db.event.update({ where: { id }, data: { status: 'dispatched' } })
      for (const [n, status] of made.entries()) {
        const endpointId = endpoints[n]?.id ?? ''
        await addDelivery(fixture.db, { tenantId: tenant, eventId: id, endpointId }, { status })
      }
      return id
    }
    const all: { id: string; state: EventState }[] = []
    // in turn, then a few that two ingresses made in the same moment, whose deliveries are in no order
    for (const state of states) for (const made of MADE[state]) all.push({ id: await add(newId(), made), state })
    const moment = newId().slice(0, 18)
    for (const state of states) {
      for (const made of MADE[state]) all.push({ id: await add(moment + newId().slice(18), made), state })
    }
    for (const state of states) for (const made of MADE[state]) all.push({ id: await add(newId(), made), state })
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
    const own = await failed('redrive.delivery.failed')
    const rare = await failed('rare.type')
    const of = async (type: string) =>
      idsOf(await fixture.events.listProgress(tenant, { type, state: 'failed' }, { limit: 50 }))
    expect(await of('rare.type')).toEqual([rare])
    expect(await of('redrive.delivery.failed')).toEqual([own])
    expect(await walk(list('failed'), 4)).toEqual([rare, ...(expected.get('failed') ?? [])])
    expect(idsOf(await fixture.events.listProgress(fixture.otherTenantId, { state: 'failed' }, { limit: 1 }))).toEqual(
      [],
    )
  })
})
