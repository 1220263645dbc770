import type { Fault } from './faults.ts'
import type { Accepted, Refused } from './producer.ts'
import type { Seen } from './receivers.ts'

/** A request for what a receiver had been sent successfully before. */
export interface Duplicate {
  receiver: string
  eventId: string
  /** the fault between the receiver's first answer and its record; null: there was none */
  because: Fault | null
  /** milliseconds since the epoch */
  firstAt: number
  againAt: number
}

export interface Verdict {
  delivered: number
  lost: { receiver: string; n: number; eventId: string }[]
  duplicates: Duplicate[]
  /** milliseconds from the 202 to a receiver's first successful answer, in rising order */
  delaysMs: number[]
  /** tries to publish that failed although neither the database nor that ingress was broken */
  strangeRefusals: Refused[]
  /** requests whose payload was not that of their event */
  mixedUp: number
}

/** A record is written this soon after the answer; who was broken within it may not have got to it. */
const RECORD_MS = 2_000
/** After a fault of the database it takes the processes so long to reconnect and to catch up. */
const CATCH_UP_MS = 6_000
/** After an ingress has been killed, its connections go to the new one. */
const RECONNECT_MS = 1_000

/** Compares what was accepted with what receivers saw. */
export function judge(run: {
  accepted: readonly Accepted[]
  refused: readonly Refused[]
  receivers: readonly string[]
  seen: readonly Seen[]
  faults: readonly Fault[]
}): Verdict {
  const { accepted, receivers, faults } = run
  const requests = Map.groupBy(run.seen, ({ eventId, receiver }) => `${eventId} ${receiver}`)
  // where both would do, what happened to a worker says more than what happened to all of them
  const likely = faults.toSorted((a, b) => Number(b.kind.endsWith(' worker')) - Number(a.kind.endsWith(' worker')))
  const numbers = new Map(accepted.map(({ eventId, n }) => [eventId, n]))
  const verdict: Verdict = {
    delivered: 0,
    lost: [],
    duplicates: [],
    delaysMs: [],
    strangeRefusals: run.refused.filter((refusal) => !isExpected(refusal, faults)),
    mixedUp: run.seen.filter(({ eventId, n }) => numbers.has(eventId) && numbers.get(eventId) !== n).length,
  }
  for (const { eventId, n, acceptedAt } of accepted) {
    for (const receiver of receivers) {
      const got = (requests.get(`${eventId} ${receiver}`) ?? []).sort((a, b) => a.receivedAt - b.receivedAt)
      const first = got.findIndex(({ status }) => status === 200)
      const delivered = got[first]
      if (delivered === undefined) {
        verdict.lost.push({ receiver, n, eventId })
        continue
      }
      verdict.delivered += 1
      verdict.delaysMs.push(Math.max(0, delivered.receivedAt - acceptedAt))
      for (const [index, again] of got.entries()) {
        const before = got[index - 1]
        if (index <= first || before === undefined) continue
        // a failure among the superfluous requests is retried by the policy: it is there for the same reason
        const retried = before.status === 200 ? undefined : verdict.duplicates.at(-1)?.because
        const because = retried ?? likely.find((fault) => explains(fault, before, again)) ?? null
        verdict.duplicates.push({ receiver, eventId, because, firstAt: before.receivedAt, againAt: again.receivedAt })
      }
    }
  }
  verdict.delaysMs.sort((a, b) => a - b)
  return verdict
}

/**
 * Whether this fault kept the sender of the earlier request from recording its answer. What happens to the queue never
 * does, nor an orderly restart.
 */
function explains(fault: Fault, before: Seen, again: Seen): boolean {
  const during = (from: number, to: number): boolean => fault.from <= to && fault.to >= from
  switch (fault.kind) {
    case 'kill worker':
      return fault.from >= before.receivedAt && fault.from <= before.answeredAt + RECORD_MS
    case 'pause worker':
      // it slept over the record, or between the claim and the request, which came after its lease was another's
      return (
        during(before.receivedAt, before.answeredAt + RECORD_MS) || Math.abs(again.receivedAt - fault.to) < RECORD_MS
      )
    case 'kill database':
    case 'stop database':
    case 'hang database':
    case 'cut database':
      return fault.from <= before.answeredAt + RECORD_MS && fault.to + CATCH_UP_MS >= before.receivedAt
    case 'restart worker':
    case 'kill ingress':
    case 'empty queue':
    case 'kill queue':
    case 'hang queue':
    case 'cut queue':
      return false
  }
}

/** Publishing may fail while the database is broken, or at an ingress that was killed, and at no other time. */
function isExpected(refusal: Refused, faults: readonly Fault[]): boolean {
  return faults.some(({ kind, target, from, to }) => {
    const slack = target === 'database' ? CATCH_UP_MS : RECONNECT_MS
    const involved = target === refusal.ingress || kind.endsWith(' database')
    return involved && refusal.from <= to + slack && refusal.to >= from
  })
}
