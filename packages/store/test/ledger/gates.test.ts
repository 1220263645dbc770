import { afterAll, beforeAll, describe, expect, test } from '@jest/globals'
import { eventually } from '@redrive/testkit/conditions'
import type { ClaimedDelivery, DueDelivery } from '../../src/ledger.ts'
import { admit } from '../../src/ledger/admit.ts'
import { unpark } from '../../src/ledger/unpark.ts'
import type { LedgerFixture } from './fixture.ts'
import { HELD, LEASE, LOST, openLedgerFixture, response, result, retryIn, SUCCEEDED } from './fixture.ts'

let f: LedgerFixture
beforeAll(async () => {
  f = await openLedgerFixture()
})
afterAll(() => f.close())

const kinds = (answers: { kind: string }[]): string[] => answers.map((answer) => answer.kind)

describe('maxConcurrency', () => {
  test('lets so many go, parks the rest, and a finished one lets the next in, in order', async () => {
    const { endpointId, due, ids } = await f.flood({ maxConcurrency: 2 }, 5)
    const answers = await f.ledger.claim(due, LEASE)
    expect(kinds(answers)).toEqual(['claimed', 'claimed', 'held', 'held', 'held'])
    expect((await f.ledger.letIn([endpointId])).deliveries).toEqual([])
    const [one] = answers
    if (one?.kind !== 'claimed') throw new Error('not claimed')
    await f.ledger.record([result(one.delivery, response(200), SUCCEEDED)])
    const { deliveries } = await f.ledger.letIn([endpointId])
    expect(deliveries.map((delivery) => delivery.deliveryId)).toEqual([ids[2]])
    expect((await f.ledger.letIn([endpointId])).deliveries).toEqual([])
    expect(kinds(await f.ledger.claim(deliveries, LEASE))).toEqual(['claimed'])
    expect(await f.row(ids[4] ?? '')).toMatchObject({ status: 'pending', attemptCount: 0, lookAt: null })
  })

  test('a retry that waits for its time holds no place, and none goes ahead of those that wait', async () => {
    const { endpointId, due, ids } = await f.flood({ maxConcurrency: 1 }, 2)
    const [first] = await f.ledger.claim(due, LEASE)
    if (first?.kind !== 'claimed') throw new Error('not claimed')
    await f.ledger.record([result(first.delivery, response(500), retryIn(0.2, false))])
    const later = await f.more(endpointId, 1)
    expect(later.due).toEqual([])
    const { deliveries } = await f.ledger.letIn([endpointId])
    expect(deliveries.map((delivery) => delivery.deliveryId)).toEqual([ids[1]])
    const [taken] = await f.ledger.claim(deliveries, LEASE)
    expect(await f.ledger.claim([{ deliveryId: ids[0] ?? '', round: 1 }], LEASE)).toEqual([
      { kind: 'held', endpointId },
    ])
    if (taken?.kind !== 'claimed') throw new Error('not claimed')
    await f.ledger.record([result(taken.delivery, response(200), SUCCEEDED)])
    expect((await f.ledger.letIn([endpointId])).deliveries).toMatchObject([{ deliveryId: ids[0] }])
  })

  test('is never exceeded by many claimers at once, and all of it gets done', async () => {
    const { endpointId, due } = await f.flood({ maxConcurrency: 3 }, 40)
    let [now, most, done, pickups] = [0, 0, 0, 0]
    const queue = [...due]
    const worker = async (): Promise<void> => {
      for (let idle = 0; done < 40 && idle < 500;) {
        const jobs = queue.splice(0, 1 + Math.floor(Math.random() * 4))
        if (jobs.length === 0) {
          idle += 1
          await new Promise((resolve) => setTimeout(resolve, 5))
          continue
        }
        pickups += jobs.length
        const claimed = (await f.ledger.claim(jobs, LEASE)).flatMap((answer) =>
          answer.kind === 'claimed' ? [answer.delivery] : [],
        )
        now += claimed.length
        most = Math.max(most, now)
        await new Promise((resolve) => setTimeout(resolve, Math.random() * 5))
        now -= claimed.length
        await f.ledger.record(claimed.map((delivery) => result(delivery, response(200), SUCCEEDED)))
        done += claimed.length
        queue.push(...(await f.ledger.letIn([endpointId])).deliveries)
      }
    }
    await Promise.all(Array.from({ length: 6 }, worker))
    expect(done).toBe(40)
    expect(most).toBeLessThanOrEqual(3)
    // each was turned away once at most
    expect(pickups).toBeLessThanOrEqual(80)
  })

  test('a record says whether others wait, and its place is free at once', async () => {
    const { endpointId, due, ids } = await f.flood({ maxConcurrency: 2 }, 3)
    const [one, two] = await f.ledger.claim(due, LEASE)
    if (one?.kind !== 'claimed' || two?.kind !== 'claimed') throw new Error('not claimed')
    const ended = (delivery: ClaimedDelivery) => ({ ...result(delivery, response(200), SUCCEEDED), limited: true })
    expect(await f.ledger.record([ended(one.delivery)])).toEqual([{ held: true, othersWait: true }])
    const { deliveries } = await f.ledger.letIn([endpointId])
    expect(deliveries.map((delivery) => delivery.deliveryId)).toEqual([ids[2]])
    expect(await f.ledger.record([ended(two.delivery), ended(one.delivery)])).toEqual([HELD, LOST])
  })

  test('who lets in claims what there are places for, as a claim would, but for what it would close', async () => {
    const { endpointId, due, ids } = await f.flood({ maxConcurrency: 4 }, 8)
    const before = await f.ledger.claim(due, LEASE)
    const row = await f.row(ids[4] ?? '')
    await f.db.event.update({ where: { id: row.eventId }, data: { expiresAt: new Date(Date.now() - 1_000) } })
    for (const answer of before)
      if (answer.kind === 'claimed') await f.ledger.record([result(answer.delivery, response(200), SUCCEEDED)])
    const asked: unknown[] = []
    const { claimed, deliveries } = await f.ledger.letIn([endpointId], {
      leaseSeconds: LEASE,
      places: (...one) => {
        asked.push(one)
        return 3
      },
    })
    expect(asked).toEqual([[endpointId, 4]])
    expect(claimed.map(({ id }) => id)).toEqual([ids[5], ids[6]])
    expect(deliveries.map(({ deliveryId }) => deliveryId)).toEqual([ids[4], ids[7]])
    const [first] = claimed
    if (!first) throw new Error('not claimed')
    const taken = await f.row(first.id)
    expect(taken).toMatchObject({ status: 'delivering', fence: first.claim.fence, nextAttemptAt: null })
    expect(Number(taken.lookAt) - Number(taken.claimedAt)).toBeGreaterThan(LEASE * 1000 - 500)
    expect(first).toMatchObject({ attemptNumber: 1, event: { payload: '{}' }, endpoint: { id: endpointId } })
    expect(first.endpoint.secrets).toHaveLength(1)
    expect(kinds(await f.ledger.claim(deliveries, LEASE))).toEqual(['closed', 'claimed'])
    // a place each, and none besides
    expect((await f.ledger.letIn([endpointId])).deliveries).toEqual([])
    expect(await f.ledger.record([result(first, response(200), SUCCEEDED)])).toEqual([HELD])
  })

  test('one that is asked for once more while it is sent keeps its place', async () => {
    const { endpointId, due, ids } = await f.flood({ maxConcurrency: 2 }, 3)
    for (const one of due.slice(1)) await f.claim(one)
    // as a second request saw it that came before the first had its claim, together with one that waits
    const applicants = [ids[0], ids[2]].map((id = '') => ({
      id,
      endpointId,
      seenFence: 0,
      seenTrigger: 'automatic' as const,
    }))
    expect(await admit(f.db, applicants)).toEqual(new Set())
  })

  test('one that was cancelled and is retried has to ask again', async () => {
    const { endpointId, due, ids } = await f.flood({ maxConcurrency: 1 }, 3)
    const [first] = await f.ledger.claim(due, LEASE)
    if (first?.kind !== 'claimed') throw new Error('not claimed')
    await f.ledger.record([result(first.delivery, response(200), SUCCEEDED)])
    const [second] = (await f.ledger.letIn([endpointId])).deliveries
    await f.deliveries.cancel(f.tenantId, second?.deliveryId ?? '')
    const third = (await f.ledger.letIn([endpointId])).deliveries
    expect(third).toMatchObject([{ deliveryId: ids[2] }])
    expect(kinds(await f.ledger.claim(third, LEASE))).toEqual(['claimed'])
    const answer = await f.deliveries.retry(f.tenantId, second?.deliveryId ?? '', { mode: 'policy', force: false })
    if (answer.kind !== 'queued' || !answer.due) throw new Error('not queued')
    expect(kinds(await f.ledger.claim([answer.due], LEASE))).toEqual(['held'])
  })

  test('a lost worker’s place is free again when its lease has run out', async () => {
    const { endpointId, due } = await f.flood({ maxConcurrency: 1 }, 2)
    await f.ledger.claim(due, LEASE)
    await f.letPass(LEASE + 1)
    const { deliveries } = await f.ledger.sweep(100, 10)
    const mine = deliveries.filter((delivery) => delivery.endpointId === endpointId)
    expect(mine).toHaveLength(1)
    const { deliveries: next } = await f.ledger.letIn([endpointId])
    expect(kinds(await f.ledger.claim([...mine, ...next], LEASE)).sort()).toEqual(['claimed', 'held'])
  })
})

describe('a gate that is held by another for long', () => {
  test('keeps what is claimed along with its deliveries from nothing; these come again', async () => {
    const { endpointId, due } = await f.flood({ maxConcurrency: 1 }, 1)
    const free = await f.flood({}, 1)
    const answers = await f.db.$transaction(
      async (tx) => {
        await tx.$executeRaw`INSERT INTO endpoint_gates (endpoint_id) VALUES (${endpointId}::uuid)`
        return f.ledger.claim([...due, ...free.due], LEASE)
      },
      { timeout: 15_000 },
    )
    expect(kinds(answers)).toEqual(['early', 'claimed'])
    await eventually(async () => kinds(await f.ledger.claim(due, LEASE))[0] === 'claimed', 'the gate to be free')
  })

  test('and so does one that fails', async () => {
    const { due } = await f.flood({ maxConcurrency: 1 }, 1)
    const free = await f.flood({}, 1)
    await f.db.$executeRaw`ALTER TABLE endpoint_gates RENAME TO endpoint_gates_away`
    const answers = await f.ledger
      .claim([...due, ...free.due], LEASE)
      .finally(() => f.db.$executeRaw`ALTER TABLE endpoint_gates_away RENAME TO endpoint_gates`)
    expect(kinds(answers)).toEqual(['early', 'claimed'])
    expect(kinds(await f.ledger.claim(due, LEASE))).toEqual(['claimed'])
  })
})

describe('fifo', () => {
  test('one at a time in publish order; a failing head holds the rest, a failed one lets the next go', async () => {
    const { endpointId, due, ids } = await f.flood({ ordering: 'fifo' }, 3)
    expect(due.map((delivery) => delivery.deliveryId)).toEqual([ids[0]])
    const head = await f.claim(due[0] ?? { deliveryId: '', round: 0 })
    expect((await f.ledger.letIn([endpointId])).deliveries).toEqual([])
    await f.ledger.record([result(head, response(500), retryIn(0.1, false))])
    expect((await f.ledger.letIn([endpointId])).deliveries).toEqual([])
    const again = await f.claim({ deliveryId: head.id, round: 1 })
    const gaveUp = { status: 'failed', failure: { code: 'http_status', message: 'no' }, disableEndpoint: null } as const
    await f.ledger.record([result(again, response(500), gaveUp)])
    const { deliveries } = await f.ledger.letIn([endpointId])
    expect(deliveries.map((delivery) => delivery.deliveryId)).toEqual([ids[1]])
  })

  test('an event that is not fanned out yet goes before a later one that is', async () => {
    const { id } = await f.endpoint(f.tenantId, { ordering: 'fifo' })
    const [early, late] = [
      await f.publish({ tenantId: f.tenantId, endpointId: id }),
      await f.publish({ tenantId: f.tenantId, endpointId: id }),
    ]
    expect(await f.ledger.fanOut([late])).toEqual([])
    expect((await f.ledger.letIn([id])).again).toMatchObject([{ endpointId: id }])
    const [first] = await f.ledger.fanOut([early])
    expect(await f.claim(first ?? { deliveryId: '', round: 0 })).toMatchObject({ event: { id: early } })
  })

  test('an event whose fan-out has been stuck for minutes holds up no others', async () => {
    const { id } = await f.endpoint(f.tenantId, { ordering: 'fifo' })
    const stuck = await f.publish({ tenantId: f.tenantId, endpointId: id })
    const late = await f.publish({ tenantId: f.tenantId, endpointId: id })
    await f.ledger.fanOut([late])
    expect((await f.ledger.letIn([id])).deliveries).toEqual([])
    const age = (ms: number) => ({ where: { id: stuck }, data: { createdAt: new Date(Date.now() - ms) } })
    await f.db.event.update(age(800_000))
    expect((await f.ledger.letIn([id])).deliveries).toEqual([])
    await f.db.event.update(age(1_000_000))
    expect((await f.ledger.letIn([id])).deliveries).toMatchObject([{ endpointId: id }])
    await f.db.event.update({ where: { id: stuck }, data: { status: 'dispatched', lookAt: null } })
  })

  test.each(['manual', 'bulk'])('retried (%s), they go in publish order too', async (how) => {
    const { endpointId, ids } = await f.flood({ ordering: 'fifo' }, 3)
    await f.db.delivery.updateMany({
      where: { endpointId },
      data: { status: 'failed', lookAt: null, nextAttemptAt: null, completedAt: new Date() },
    })
    const due: DueDelivery[] = []
    for (const id of ids.toReversed()) {
      if (how === 'bulk') break
      const answer = await f.deliveries.retry(f.tenantId, id, { mode: 'policy', force: false })
      if (answer.kind === 'queued' && answer.due) due.push(answer.due)
    }
    if (how === 'bulk') {
      const filter = {
        status: 'failed',
        endpointId,
        eventType: null,
        since: null,
        until: null,
        errorCode: null,
      } as const
      await f.bulkRetries.start(f.tenantId, { filter, mode: 'policy', onlyMissing: false })
      due.push(...((await f.bulkRetries.step(100))?.due ?? []))
    }
    expect(due).toEqual([])
    for (const id of ids) {
      const { deliveries } = await f.ledger.letIn([endpointId])
      expect(deliveries.map((delivery) => delivery.deliveryId)).toEqual([id])
      await f.ledger.record([
        result(await f.claim(deliveries[0] ?? { deliveryId: '', round: 0 }), response(200), SUCCEEDED),
      ])
    }
  })

  test('a head that was parked by a pause is the head again after it', async () => {
    const { endpointId, due, ids } = await f.flood({ ordering: 'fifo' }, 2)
    await f.db.endpoint.update({ where: { id: endpointId }, data: { status: 'paused' } })
    expect(kinds(await f.ledger.claim(due, LEASE))).toEqual(['nothing'])
    await f.db.endpoint.update({ where: { id: endpointId }, data: { status: 'active' } })
    const { deliveries } = await f.ledger.letIn([endpointId])
    expect(deliveries.map((delivery) => delivery.deliveryId)).toEqual([ids[0]])
  })
})

describe('the reconciler’s looks', () => {
  test('reach every gate, however many are looked at in vain', async () => {
    // in order, with a head that is being sent: nothing goes, and nothing drains
    const busy = [await f.flood({ ordering: 'fifo' }, 2), await f.flood({ ordering: 'fifo' }, 2)]
    for (const { due } of busy) await f.ledger.claim(due, LEASE)
    const { endpointId, ids } = await f.flood({ status: 'paused' }, 1)
    await f.db.endpoint.update({ where: { id: endpointId }, data: { status: 'active' } })
    await f.db.endpointGate.create({ data: { endpointId, drainedAt: new Date(Date.now() - 60_000) } })
    // one gate at a look: never seen ones first, then each in its turn
    const waiting = await f.db.delivery.groupBy({ by: ['endpointId'], where: { lookAt: null, status: 'pending' } })
    const found: string[] = []
    for (let look = 0; look < waiting.length + 1; look++)
      found.push(...(await unpark(f.db, 1)).map((due) => due.deliveryId))
    expect(found).toContain(ids[0])
  })

  test('share out what they bring', async () => {
    // all others have been seen
    await unpark(f.db, 100)
    const [many, few] = [await f.flood({ status: 'paused' }, 6), await f.flood({ status: 'paused' }, 1)]
    const endpointIds = [many.endpointId, few.endpointId]
    await f.db.endpoint.updateMany({ where: { id: { in: endpointIds } }, data: { status: 'active' } })
    const brought = (await unpark(f.db, 4)).map((due) => due.deliveryId)
    expect(brought.filter((id) => many.ids.includes(id)).length).toBeLessThanOrEqual(2)
    expect(brought).toContain(few.ids[0])
  })
})

describe('a pause that the endpoint asked for', () => {
  test('holds all of its deliveries until it is over', async () => {
    const { endpointId, due } = await f.flood({}, 3)
    const [first, ...rest] = due
    const until = new Date(Date.now() + 60_000)
    await f.ledger.record([
      {
        ...result(await f.claim(first ?? { deliveryId: '', round: 0 }), response(429), retryIn(60)),
        pauseEndpointUntil: until,
      },
    ])
    expect(kinds(await f.ledger.claim(rest, LEASE))).toEqual(['held', 'held'])
    expect(await f.ledger.letIn([endpointId])).toEqual({
      deliveries: [],
      claimed: [],
      again: [{ endpointId, at: until }],
    })
    await f.db.endpointHealth.update({ where: { endpointId }, data: { notBefore: new Date(Date.now() - 1) } })
    expect((await f.ledger.sweep(100, 10)).deliveries).toHaveLength(2)
  })
})
