import { afterEach, beforeEach, describe, expect, test } from '@jest/globals'
import { attemptId } from '@redrive/core'
import type { LedgerFixture } from './fixture.ts'
import { LEASE, openLedgerFixture, response, result, retryIn, SUCCEEDED } from './fixture.ts'

let f: LedgerFixture
beforeEach(async () => {
  f = await openLedgerFixture()
})
afterEach(() => f.close())

const idsOf = (deliveries: readonly { deliveryId: string }[]) => deliveries.map((entry) => entry.deliveryId).sort()
const NOTHING = {
  eventIds: [],
  lateEventIds: [],
  letInIds: [],
  deliveries: [],
  interrupted: 0,
  full: false,
  backlogFull: false,
  unavailable: null,
}

describe('the sweep', () => {
  test('leaves alone what a job should be bringing', async () => {
    await f.deliver()
    await f.publish({ tenantId: f.tenantId })
    expect(await f.ledger.sweep(100, 10)).toEqual(NOTHING)
  })

  test('finds what no job brought, once in a while', async () => {
    const due = await f.deliver()
    const eventId = await f.publish({ tenantId: f.tenantId })
    await f.letPass(11)
    const swept = await f.ledger.sweep(100, 10)
    expect(swept).toMatchObject({ eventIds: [eventId], interrupted: 0 })
    expect(swept.deliveries).toEqual([{ ...due, trace: undefined, dueAt: expect.any(Date) }])
    expect(await f.ledger.sweep(100, 10)).toEqual(NOTHING)
    await f.letPass(11)
    expect((await f.ledger.sweep(100, 10)).eventIds).toEqual([eventId])
  })

  test('gives a new round to what has been overdue for minutes, not each time, and the old job may still bring it', async () => {
    const due = await f.deliver()
    await f.letPass(400)
    expect((await f.ledger.sweep(100, 10)).deliveries).toMatchObject([{ deliveryId: due.deliveryId, round: 1 }])
    await f.letPass(61)
    expect((await f.ledger.sweep(100, 10)).deliveries).toMatchObject([{ deliveryId: due.deliveryId, round: 1 }])
    expect(await f.claim(due)).toMatchObject({ round: 1 })
  })

  test('brings retries that the ledger kept a little before they come due, and nothing else', async () => {
    const due = await f.deliver()
    const at = new Date(Date.now() + 3_600_000)
    await f.ledger.record([result(await f.claim(due), response(500), { status: 'retrying', at, queued: false })])
    await f.letPass(3598)
    expect(await f.ledger.sweep(100, 10)).toEqual(NOTHING)
    await f.letPass(1)
    const dueAt = new Date(at.getTime() - 3_599_000)
    expect((await f.ledger.sweep(100, 10)).deliveries).toMatchObject([{ deliveryId: due.deliveryId, round: 1, dueAt }])
    // which waits for its time in the queue, and is looked for when it should have come
    expect(await f.ledger.sweep(100, 10)).toEqual(NOTHING)
    await f.letPass(9)
    expect(await f.ledger.sweep(100, 10)).toEqual(NOTHING)
    await f.letPass(2)
    expect((await f.ledger.sweep(100, 10)).deliveries).toMatchObject([{ deliveryId: due.deliveryId, round: 1 }])
  })

  test('brings retries that the ledger kept when they come due', async () => {
    const due = await f.deliver()
    await f.ledger.record([result(await f.claim(due), response(500), retryIn(3600, false))])
    expect(await f.ledger.sweep(100, 10)).toEqual(NOTHING)
    await f.letPass(3600)
    expect((await f.ledger.sweep(100, 10)).deliveries).toMatchObject([{ deliveryId: due.deliveryId, round: 1 }])
    expect(await f.claim({ ...due, round: 1 })).toMatchObject({ attemptNumber: 2 })
  })

  test('makes scheduled events pending when their time has come', async () => {
    await f.endpoint(f.tenantId)
    const eventId = await f.publish({ tenantId: f.tenantId, deliverAt: new Date(Date.now() + 60_000) })
    expect(await f.ledger.sweep(100, 10)).toEqual(NOTHING)
    await f.letPass(61)
    expect((await f.ledger.sweep(100, 10)).eventIds).toEqual([eventId])
    expect(await f.ledger.fanOut([eventId])).toHaveLength(1)
  })

  test('closes leases that ran out with an interrupted attempt that costs the receiver nothing', async () => {
    const due = await f.deliver()
    await f.claim(due, LEASE)
    expect(await f.ledger.sweep(100, 10)).toEqual(NOTHING)
    await f.letPass(LEASE + 1)
    expect(await f.ledger.sweep(100, 10)).toMatchObject({
      interrupted: 1,
      deliveries: [{ deliveryId: due.deliveryId, round: 1, trigger: 'recovery' }],
    })
    expect(await f.row(due.deliveryId)).toMatchObject({ status: 'retrying', attemptCount: 1, policyAttempts: 0 })
    const [attempt] = await f.attemptsOf(due.deliveryId)
    expect(attempt).toMatchObject({
      id: attemptId(due.deliveryId, 1),
      number: 1,
      trigger: 'automatic',
      outcome: 'failed',
      errorCode: 'interrupted',
      responseStatus: null,
      timings: { dns: null, total: attempt?.durationMs },
      request: { method: 'POST', url: 'https://receiver.example/hook', headers: {} },
    })
    expect(attempt?.durationMs).toBeGreaterThanOrEqual(31_000)
    const again = await f.claim({ ...due, round: 1 })
    expect(again).toMatchObject({ trigger: 'recovery', attemptNumber: 2, policyAttempts: 0 })
    await f.ledger.record([result(again, response(200), SUCCEEDED)])
    expect(await f.db.endpointHealth.count()).toBe(0)
  })

  test('closes a lease that ran out before the service stood still for a month', async () => {
    const due = await f.deliver()
    await f.claim(due, LEASE)
    await f.letPass(30 * 86_400)
    expect(await f.ledger.sweep(100, 10)).toMatchObject({ interrupted: 1 })
    expect((await f.attemptsOf(due.deliveryId))[0]?.durationMs).toBe(2_147_483_647)
  })

  test('a backlog whose jobs only wait holds up neither leases nor retries that the ledger kept', async () => {
    const [sent, kept] = [await f.deliver(), await f.deliver()]
    await f.ledger.record([result(await f.claim(kept), response(500), retryIn(LEASE, false))])
    await f.claim(sent, LEASE)
    const backlog = await Promise.all(Array.from({ length: 5 }, () => f.deliver()))
    await f.letPass(LEASE)
    await f.db.delivery.updateMany({
      where: { id: { in: idsOf(backlog) } },
      data: { lookAt: new Date(Date.now() - 3_600_000) },
    })
    await f.letPass(1)
    const { deliveries, backlogFull, full } = await f.ledger.sweep(100, 10, { brought: 1 })
    expect(idsOf(deliveries)).toEqual(expect.arrayContaining(idsOf([sent, kept])))
    expect(deliveries).toHaveLength(3)
    expect({ backlogFull, full }).toEqual({ backlogFull: true, full: false })
  })

  test('events whose jobs only wait hold up none whose time has come', async () => {
    await f.endpoint(f.tenantId)
    const scheduled = await f.publish({ tenantId: f.tenantId, deliverAt: new Date(Date.now() + 60_000) })
    for (let n = 0; n < 5; n++) await f.publish({ tenantId: f.tenantId })
    await f.letPass(61)
    const { eventIds, lateEventIds, backlogFull, full } = await f.ledger.sweep(100, 10, { late: 2 })
    expect(eventIds).toHaveLength(3)
    expect(eventIds).toContain(scheduled)
    expect(lateEventIds).toEqual(eventIds.filter((id) => id !== scheduled))
    expect({ backlogFull, full }).toEqual({ backlogFull: false, full: true })
  })

  test('what one part can’t do costs the others nothing', async () => {
    const due = await f.deliver()
    const eventId = await f.publish({ tenantId: f.tenantId })
    const sent = await f.deliver()
    await f.claim(sent, LEASE)
    await f.letPass(LEASE + 1)
    await f.db.$executeRaw`ALTER TABLE attempts RENAME TO attempts_away`
    const swept = await f.ledger.sweep(100, 10)
    await f.db.$executeRaw`ALTER TABLE attempts_away RENAME TO attempts`
    expect(swept).toMatchObject({ eventIds: [eventId], deliveries: [{ deliveryId: due.deliveryId }], interrupted: 0 })
    expect(await f.ledger.sweep(100, 10)).toMatchObject({ deliveries: [{ deliveryId: sent.deliveryId }] })
  })

  test('what takes ten workers down in a row is set aside, and a recorded attempt starts the count anew', async () => {
    const due = await f.deliver()
    const interrupt = async (): Promise<void> => {
      const { round } = await f.row(due.deliveryId)
      await f.claim({ ...due, round }, LEASE)
      await f.letPass(LEASE + 1)
      await f.ledger.sweep(100, 10)
    }
    for (let n = 0; n < 9; n++) await interrupt()
    const { round } = await f.row(due.deliveryId)
    await f.ledger.record([result(await f.claim({ ...due, round }), response(500), retryIn(0))])
    for (let n = 0; n < 9; n++) await interrupt()
    expect(await f.row(due.deliveryId)).toMatchObject({ status: 'retrying', lookAt: expect.any(Date) })
    await interrupt()
    expect(await f.row(due.deliveryId)).toMatchObject({
      status: 'failed',
      failureCode: 'internal',
      failureMessage: expect.stringContaining('Set aside'),
      attemptCount: 20,
      lookAt: null,
      nextAttemptAt: null,
      completedAt: expect.any(Date),
      gaveUpAt: expect.any(Date),
    })
  })

  test('many at once share the work: each row goes to one of them', async () => {
    const dues = await Promise.all(Array.from({ length: 60 }, () => f.deliver()))
    const [inFlight, lost] = [dues.slice(0, 20), dues.slice(20)]
    await f.ledger.claim(inFlight, LEASE)
    await f.letPass(LEASE + 1)
    const sweeps = await Promise.all(Array.from({ length: 6 }, () => f.ledger.sweep(15, 60)))
    const found = sweeps.flatMap((sweep) => sweep.deliveries)
    expect(new Set(idsOf(found)).size).toBe(found.length)
    for (const sweep of sweeps) expect(sweep.deliveries.length).toBeLessThanOrEqual(2 * 15) // leases, and what was lost
    const rest = await f.ledger.sweep(100, 60)
    expect(idsOf([...found, ...rest.deliveries])).toEqual(idsOf([...inFlight, ...lost]))
    for (const due of inFlight) expect(await f.attemptsOf(due.deliveryId)).toHaveLength(1)
  })

  test('a renewed lease is not closed', async () => {
    const due = await f.deliver()
    const { claim } = await f.claim(due, LEASE)
    await f.letPass(LEASE - 1)
    await f.ledger.renew([claim], LEASE)
    await f.letPass(LEASE - 1)
    expect(await f.ledger.sweep(100, 10)).toEqual(NOTHING)
  })
})

describe('parked deliveries', () => {
  test('come back oldest first, in bounded batches, once their endpoint is resumed, and not before', async () => {
    const endpoint = await f.endpoint(f.tenantId, { status: 'paused' })
    const other = await f.endpoint(f.otherTenantId, { status: 'paused' })
    const eventIds: string[] = []
    for (let n = 0; n < 5; n++) eventIds.push(await f.publish({ tenantId: f.tenantId }))
    await f.ledger.fanOut([...eventIds, await f.publish({ tenantId: f.otherTenantId })])
    expect(await f.ledger.sweep(100, 10)).toEqual(NOTHING)
    await f.db.endpoint.update({ where: { id: endpoint.id }, data: { status: 'active' } })
    const first = await f.ledger.sweep(3, 10)
    expect(first.deliveries).toHaveLength(3)
    const rows = await f.db.delivery.findMany({ where: { endpointId: endpoint.id }, orderBy: { id: 'asc' } })
    expect(idsOf(first.deliveries)).toEqual(rows.slice(0, 3).map((row) => row.id))
    expect(await f.ledger.sweep(3, 10)).toEqual(NOTHING)
    await f.db.endpointGate.update({
      where: { endpointId: endpoint.id },
      data: { drainedAt: new Date(Date.now() - 1500) },
    })
    expect((await f.ledger.sweep(3, 10)).deliveries).toHaveLength(2)
    expect(await f.db.delivery.count({ where: { endpointId: other.id, lookAt: null } })).toBe(1)
  })

  test('of an endpoint that was deleted or disabled meanwhile are closed', async () => {
    const endpoint = await f.endpoint(f.tenantId, { status: 'paused' })
    await f.ledger.fanOut([await f.publish({ tenantId: f.tenantId })])
    await f.db.endpoint.update({ where: { id: endpoint.id }, data: { status: 'disabled' } })
    const { deliveries } = await f.ledger.sweep(3, 10)
    expect(await f.ledger.claim(deliveries, LEASE)).toMatchObject([
      { kind: 'closed', failure: { code: 'endpoint_disabled' } },
    ])
  })
})

describe('the look', () => {
  test('uses the partial index, in every partition', async () => {
    await f.db.$executeRaw`SELECT redrive_ensure_partitions(3)`
    for (const table of ['deliveries', 'events']) {
      const plan = await f.db.$transaction(async (tx) => {
        await tx.$executeRaw`SET LOCAL enable_seqscan = off`
        return tx.$queryRawUnsafe<Record<string, string>[]>(
          `EXPLAIN SELECT id FROM ${table} WHERE look_at <= now() ORDER BY look_at LIMIT 100 FOR UPDATE SKIP LOCKED`,
        )
      })
      const lines = plan.map((row) => Object.values(row).join(''))
      const scans = lines.filter((line) => line.includes('Scan'))
      expect(scans.length).toBeGreaterThanOrEqual(5)
      for (const scan of scans) expect(scan).toMatch(/Index Scan using \w*look_at\w* on/)
      expect(lines.some((line) => line.includes('Sort') && !line.includes('Sort Key'))).toBe(false)
    }
  })

  test.each([
    ['leases', 'deliveries', "status = 'delivering'"],
    ['what the ledger kept', 'deliveries', "look_at = next_attempt_at AND status IN ('pending', 'retrying')"],
    ['events whose time has come', 'events', "status <> 'pending'"],
  ])('at %s uses an index of its own', async (_, table, clause) => {
    const plan = await f.db.$queryRawUnsafe<Record<string, string>[]>(
      `EXPLAIN SELECT * FROM ${table} WHERE look_at <= now() AND ${clause} ORDER BY look_at LIMIT 100`,
    )
    const lines = plan.map((row) => Object.values(row).join(''))
    expect(lines.some((line) => line.includes('Index Scan using'))).toBe(true)
    // what the index's own condition says is not asked of each row again
    expect(lines.filter((line) => /Filter|Sort Method|Seq Scan/.test(line))).toEqual([])
  })

  test('oldestOwedSeconds', async () => {
    expect(await f.ledger.oldestOwedSeconds()).toBe(0)
    const due = await f.deliver()
    await f.letPass(100)
    await f.ledger.sweep(100, 10)
    expect(await f.ledger.oldestOwedSeconds()).toBeGreaterThanOrEqual(100)
    await f.ledger.record([result(await f.claim(due), response(200), SUCCEEDED)])
    expect(await f.ledger.oldestOwedSeconds()).toBe(0)
  })
})
