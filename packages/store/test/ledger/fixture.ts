import type { Outcome } from '@redrive/core'
import { attemptError, countsForPolicy } from '@redrive/core'
import { silentLog } from '@redrive/runtime'
import { createLedger } from '../../src/ledger/create.ts'
import type { AttemptResult, ClaimedDelivery, DueDelivery, NextState } from '../../src/ledger.ts'
import { openFixture, sealer } from '../repositories/fixture.ts'

export const LEASE = 30

/** The ledger and the repositories on a database of their own. */
export async function openLedgerFixture() {
  const fixture = await openFixture()
  // so that events of the usual type are left to fan-out, which finds nobody for them
  await fixture.endpoint(fixture.tenantId, { eventTypes: ['order.created'], channels: ['of nobody'] })
  const ledger = createLedger(fixture.db, { batches: fixture.batches, sealer, log: silentLog })
  const more = async (endpointId: string, count: number): Promise<{ due: DueDelivery[]; ids: string[] }> => {
    const eventIds: string[] = []
    for (let n = 0; n < count; n++) eventIds.push(await fixture.publish({ tenantId: fixture.tenantId, endpointId }))
    const due = await ledger.fanOut(eventIds)
    const where = { eventId: { in: eventIds } }
    const rows = await fixture.db.delivery.findMany({ where, orderBy: { id: 'asc' } })
    return { due, ids: rows.map((row) => row.id) }
  }
  return {
    ...fixture,
    ledger,
    /** Events to one endpoint, fanned out in order; what is due, and all deliveries in publish order. */
    more,
    /** The same to a new endpoint. */
    async flood(settings: Parameters<typeof fixture.endpoint>[1], count: number) {
      const { id } = await fixture.endpoint(fixture.tenantId, settings)
      return { endpointId: id, ...(await more(id, count)) }
    },
    /** An event to one new endpoint, fanned out. */
    async deliver(change: Parameters<typeof fixture.endpoint>[1] = {}): Promise<DueDelivery> {
      const endpoint = await fixture.endpoint(fixture.tenantId, { eventTypes: ['a.b'], ...change })
      const eventId = await fixture.publish({ tenantId: fixture.tenantId, endpointId: endpoint.id })
      const [due] = await ledger.fanOut([eventId])
      if (!due) throw new Error('nothing is due')
      return due
    },
    async claim(due: { deliveryId: string; round: number }, leaseSeconds = LEASE): Promise<ClaimedDelivery> {
      const [answer] = await ledger.claim([due], leaseSeconds)
      if (answer?.kind !== 'claimed') throw new Error(`not claimed: ${JSON.stringify(answer)}`)
      return answer.delivery
    },
    async row(id: string) {
      return fixture.db.delivery.findUniqueOrThrow({ where: { id } })
    },
    async attemptsOf(deliveryId: string) {
      return fixture.db.attempt.findMany({ where: { deliveryId }, orderBy: { number: 'asc' } })
    },
    /** What the database's clock would do by itself. */
    async letPass(seconds: number): Promise<void> {
      await fixture.db.$executeRaw`
        UPDATE deliveries SET look_at = look_at - make_interval(secs => ${seconds}),
          next_attempt_at = next_attempt_at - make_interval(secs => ${seconds}),
          claimed_at = claimed_at - make_interval(secs => ${seconds})`
      await fixture.db.$executeRaw`
        UPDATE events SET look_at = look_at - make_interval(secs => ${seconds}),
          deliver_at = deliver_at - make_interval(secs => ${seconds})`
    },
  }
}
export type LedgerFixture = Awaited<ReturnType<typeof openLedgerFixture>>

export function response(status: number, body = 'ok'): Outcome {
  return {
    startedAt: new Date(),
    durationMs: 12,
    timings: { dns: null, connect: 1, tls: null, firstByte: 9, total: 12 },
    kind: 'response',
    status,
    headers: { 'content-type': 'text/plain' },
    body,
    bodyTruncated: false,
  }
}

export function failure(code: 'timeout' | 'internal' | 'interrupted', message = 'it failed'): Outcome {
  const timings = { dns: null, connect: null, tls: null, firstByte: null, total: 5 }
  return { startedAt: new Date(), durationMs: 5, timings, kind: 'error', code, message }
}

export function result(delivery: ClaimedDelivery, outcome: Outcome, next: NextState): AttemptResult {
  return {
    claim: delivery.claim,
    attemptNumber: delivery.attemptNumber,
    trigger: delivery.trigger,
    request: { method: 'POST', url: delivery.endpoint.url, headers: { 'webhook-id': delivery.event.id } },
    outcome,
    error: attemptError(outcome),
    countsForPolicy: countsForPolicy(outcome),
    decision: 'as the test says',
    next,
    callback: delivery.endpoint.callbackUrl !== null,
  }
}

/** What a record answers of a claim that still held, or was lost, where nobody waits. */
export const HELD = { held: true, othersWait: false }
export const LOST = { held: false, othersWait: false }

export const SUCCEEDED: NextState = { status: 'succeeded' }

export function retryIn(seconds: number, queued = true): NextState {
  return { status: 'retrying', at: new Date(Date.now() + seconds * 1000), queued }
}
