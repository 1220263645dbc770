import { describe, expect, test } from '@jest/globals'
import type { JobResult, NewJob } from '@redrive/queue'
import { silentLog } from '@redrive/runtime'
import type { ClaimedDelivery, DueDelivery, Release } from '@redrive/store'
import { noTracing } from '@redrive/tracing'
import { createFirstAttempts } from '../src/first-attempts.ts'
import { createLane } from '../src/lanes.ts'

function due(deliveryId: string, endpointId = 'endpoint'): DueDelivery {
  return {
    deliveryId,
    round: 0,
    tenantId: 'tenant',
    endpointId,
    eventType: 'order.shipped',
    dueAt: new Date(0),
    trigger: 'automatic',
  }
}

/** As far as first attempts look at it. */
function claimed(id: string, endpointId = 'endpoint'): ClaimedDelivery {
  const known = { claim: { deliveryId: id, fence: 1 }, id, round: 0, tenantId: 'tenant', createdAt: new Date(0) }
  const event = { type: 'order.shipped' }
  return { ...known, trigger: 'automatic', trace: null, event, endpoint: { id: endpointId } } as ClaimedDelivery
}

/** A lane of 8 slots, of which an unknown endpoint may hold one, over deliveries that end when the test says so. */
function setUp() {
  const started: { deliveryId: string; signal: AbortSignal; end(result: JobResult): void }[] = []
  const added: NewJob[] = []
  const released: Release[] = []
  const attempt = (deliveryId: string, signal: AbortSignal) =>
    new Promise<JobResult>((resolve) => {
      started.push({ deliveryId, signal, end: resolve })
    })
  const firstAttempts = createFirstAttempts({
    lane: createLane(8),
    deliver: {
      one: ({ deliveryId }, signal) => attempt(deliveryId, signal),
      claimed: ({ id }, _claimedAt, signal) => attempt(id, signal),
    },
    ledger: {
      release: (all) => {
        released.push(...all)
        return Promise.resolve()
      },
    },
    producer: {
      add: (jobs) => {
        added.push(...jobs)
        return Promise.resolve()
      },
    },
    tracing: noTracing,
    log: silentLog,
  })
  return {
    firstAttempts: { ...firstAttempts, start: (all: DueDelivery[]) => firstAttempts.start(all, new Map()) },
    started,
    added,
    released,
    end: (at: number, result: JobResult) => started[at]?.end(result),
  }
}

describe('first attempts', () => {
  test('are started as far as there is room; what is left wants jobs', async () => {
    const { firstAttempts, started } = setUp()
    const rest = await firstAttempts.start([due('a1', 'a'), due('a2', 'a'), due('b1', 'b'), due('a3', 'a')])
    expect(started.map((one) => one.deliveryId)).toEqual(['a1', 'b1'])
    expect(rest.map((one) => one.deliveryId)).toEqual(['a2', 'a3'])
  })

  test('of who finds no room hold up none of the others', () => {
    const { firstAttempts, started } = setUp()
    void firstAttempts.start([due('a1', 'a'), due('a2', 'a'), due('b1', 'b')])
    // and it has waited for nothing yet
    expect(started.map((one) => one.deliveryId)).toEqual(['a1', 'b1'])
  })

  test('wait their turn for a slot that is left in time', async () => {
    const { firstAttempts, started, end } = setUp()
    const starting = firstAttempts.start([due('a1'), due('a2')])
    await Promise.resolve()
    end(0, { kind: 'done' })
    expect(await starting).toEqual([])
    expect(started.map((one) => one.deliveryId)).toEqual(['a1', 'a2'])
  })

  test('leave their retries to jobs, in the delivery’s round and at its time', async () => {
    const { firstAttempts, added, end } = setUp()
    await firstAttempts.start([due('a1')])
    end(0, { kind: 'again', at: new Date(Date.now() + 60_000), reason: 'It answered 500.' })
    await firstAttempts.close(1_000)
    expect(added).toEqual([expect.objectContaining({ name: 'deliver', id: 'dlv_a1-0' })])
    const { delayMs = 0 } = added[0] ?? {}
    expect(Math.abs(delayMs - 60_000)).toBeLessThan(5_000)
  })

  test('are cut when the patience with them is over, and none is started after', async () => {
    const { firstAttempts, started, end } = setUp()
    await firstAttempts.start([due('a1')])
    const [first] = started
    first?.signal.addEventListener('abort', () => {
      end(0, { kind: 'done' })
    })
    const closing = firstAttempts.close(0)
    expect(await firstAttempts.start([due('b1', 'b')])).toHaveLength(1)
    await closing
    expect(first?.signal.aborted).toBe(true)
    expect(started).toHaveLength(1)
  })
})

describe('what is claimed as it is made', () => {
  test('is no more of an endpoint than it would take soon; a place that is given up can be taken again', () => {
    const { firstAttempts } = setUp()
    const places = firstAttempts.places()
    expect(places.take('a')).toBe(true)
    expect(places.take('a')).toBe(false)
    expect(places.take('b')).toBe(true)
    const others = firstAttempts.places()
    expect(others.take('a')).toBe(false)
    places.giveUp()
    expect(others.take('a')).toBe(true)
  })

  test('is started in order, each when it has a slot', async () => {
    const { firstAttempts, started, end, released } = setUp()
    const places = firstAttempts.places()
    const starting = places.start([claimed('a1'), claimed('a2')], 0, new Map())
    await Promise.resolve()
    expect(started.map((one) => one.deliveryId)).toEqual(['a1'])
    end(0, { kind: 'done' })
    await starting
    expect(started.map((one) => one.deliveryId)).toEqual(['a1', 'a2'])
    expect(released).toEqual([])
  })

  test('leaves its retry to a job', async () => {
    const { firstAttempts, added, end } = setUp()
    await firstAttempts.places().start([claimed('a1')], 0, new Map())
    end(0, { kind: 'again', at: new Date(Date.now() + 60_000), reason: 'It answered 500.' })
    await firstAttempts.close(1_000)
    expect(added).toEqual([expect.objectContaining({ name: 'deliver', id: 'dlv_a1-0' })])
  })

  test('goes back to the ledger where no slot comes free in time, or the worker stops', async () => {
    const { firstAttempts, started, released, end } = setUp()
    await firstAttempts.places().start([claimed('a1'), claimed('a2'), claimed('a3')], 0, new Map())
    expect(started.map((one) => one.deliveryId)).toEqual(['a1'])
    expect(released.map(({ claim }) => claim.deliveryId)).toEqual(['a2', 'a3'])
    end(0, { kind: 'done' })
    await firstAttempts.close(1_000)
    const late = firstAttempts.places()
    expect(late.take('b')).toBe(false)
    await late.start([claimed('b1', 'b')], 0, new Map())
    expect(released.map(({ claim }) => claim.deliveryId)).toEqual(['a2', 'a3', 'b1'])
    expect(started).toHaveLength(1)
  })
})
