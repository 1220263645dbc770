import type { Fault } from './faults.ts'
import type { Accepted, Refused } from './producer.ts'
import type { Seen } from './receivers.ts'

/** What the ledger says of an attempt when the run is over. Times are milliseconds since the epoch. */
export interface RecordedAttempt {
  receiver: string
  eventId: string
  number: number
  /** null: it succeeded; `interrupted`: its sender never said what came of it, and its lease ran out */
  error: string | null
  /** of an interrupted one, when it was claimed and when its lease was closed */
  startedAt: number
  endedAt: number
}

/** A request for what a receiver had been sent successfully before. */
export interface Duplicate {
  receiver: string
  eventId: string
  /** the attempt whose success the ledger was never told; null: it knew them all, so there was no reason to send again */
  untold: number | null
  /** the fault that was under way while that attempt was claimed and kept its sender from telling; null: there was none */
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

/** A record is written this soon after the answer, by whoever is alive and has the database. */
const RECORD_MS = 2_000
/** After a fault of the database publishing may fail for so long, until all have reconnected. */
const CATCH_UP_MS = 6_000
/** A statement that a fault of the database swallowed is given up after 8 s by a worker, and then made again. */
const TELL_AGAIN_MS = 10_000
/** The clocks of a run are one, but a claim is stamped by the database and a signal by us. */
const SLACK_MS = 500
/** After an ingress has been killed, its connections go to the new one. */
const RECONNECT_MS = 1_000

/** Compares what was accepted with what receivers saw. */
export function judge(run: {
  accepted: readonly Accepted[]
  refused: readonly Refused[]
  receivers: readonly string[]
  seen: readonly Seen[]
  attempts: readonly RecordedAttempt[]
  faults: readonly Fault[]
}): Verdict {
  const { accepted, receivers, faults } = run
  const requests = Map.groupBy(run.seen, ({ eventId, receiver }) => `${eventId} ${receiver}`)
  const records = new Map(run.attempts.map((attempt) => [keyOf(attempt, attempt.number), attempt]))
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
        const latest = verdict.duplicates.at(-1)
        // a failure among the superfluous requests is retried by the policy: it is there for the same reason
        const reason =
          before.status !== 200 && latest?.eventId === eventId && latest.receiver === receiver
            ? { untold: latest.untold, because: latest.because }
            : explain(before, again, records, faults)
        verdict.duplicates.push({
          receiver,
          eventId,
          ...reason,
          firstAt: before.receivedAt,
          againAt: again.receivedAt,
        })
      }
    }
  }
  verdict.delaysMs.sort((a, b) => a - b)
  return verdict
}

/**
 * Something was sent again because the ledger did not know of a success: of the earlier request's, or of the later one's
 * whose sender stood still between its claim and its request, so that another overtook it.
 */
function explain(
  before: Seen,
  again: Seen,
  records: ReadonlyMap<string, RecordedAttempt>,
  faults: readonly Fault[],
): Pick<Duplicate, 'untold' | 'because'> {
  const recordOf = (seen: Seen): RecordedAttempt | undefined => records.get(keyOf(seen, seen.attempt))
  const [earlier, later] = [recordOf(before), recordOf(again)]
  const untold =
    earlier !== undefined && earlier.error !== null
      ? { seen: before, record: earlier }
      : later?.error === 'interrupted' && later.number < before.attempt
        ? { seen: again, record: later }
        : null
  if (untold === null) return { untold: null, because: null }
  // a fault of the database explains only what no fault of a worker does
  const likely = faults.toSorted((a, b) => Number(b.kind.endsWith(' worker')) - Number(a.kind.endsWith(' worker')))
  const because = likely.find((fault) => silenced(fault, untold, faults)) ?? null
  return { untold: untold.record.number, because }
}

/**
 * Whether this fault kept the sender from telling the ledger before the lease was closed. What happens to the queue never
 * does, nor an orderly restart while the database is there.
 */
function silenced(
  fault: Fault,
  { seen, record }: { seen: Seen; record: RecordedAttempt },
  faults: readonly Fault[],
): boolean {
  const toldBy = tellableBy(seen.answeredAt, faults)
  const struckInHand = (from: number): boolean => fault.from >= from - SLACK_MS && fault.from <= toldBy
  if (record.error !== 'interrupted') {
    // recorded by its sender, as a timeout: it stood still while the answer lay there
    return fault.kind === 'pause worker' && fault.from <= toldBy && fault.to >= seen.receivedAt
  }
  switch (fault.kind) {
    case 'kill worker':
      return struckInHand(record.startedAt)
    case 'pause worker':
      return struckInHand(record.startedAt) && fault.to + CATCH_UP_MS >= record.endedAt
    case 'kill database':
    case 'stop database':
    case 'hang database':
    case 'cut database':
      // away from the answer to the end of the lease, by itself or with others
      return fault.from <= toldBy && fault.to + TELL_AGAIN_MS >= seen.answeredAt && toldBy >= record.endedAt
    case 'restart worker':
      // told to stop, it waits for the database until its deadline and no longer
      return struckInHand(record.startedAt) && faults.some((other) => isAway(other, fault))
    case 'kill ingress':
    case 'empty queue':
    case 'kill queue':
    case 'hang queue':
    case 'cut queue':
      return false
  }
}

function isAway(fault: Fault, meanwhile: Fault): boolean {
  return fault.kind.endsWith(' database') && fault.from <= meanwhile.to && fault.to + TELL_AGAIN_MS >= meanwhile.from
}

/** When a sender that is alive has recorded an answer: soon, or soon after the database is back. */
function tellableBy(answeredAt: number, faults: readonly Fault[]): number {
  const away = faults
    .filter(({ kind }) => kind.endsWith(' database'))
    .toSorted((a, b) => a.from - b.from)
    .reduce((at, { from, to }) => (from <= at + RECORD_MS ? Math.max(at, to + TELL_AGAIN_MS) : at), answeredAt)
  return away + RECORD_MS
}

function keyOf({ eventId, receiver }: { eventId: string; receiver: string }, attempt: number): string {
  return `${eventId} ${receiver} ${String(attempt)}`
}

/** Publishing may fail while the database is broken, or at an ingress that was killed, and at no other time. */
function isExpected(refusal: Refused, faults: readonly Fault[]): boolean {
  return faults.some(({ kind, target, from, to }) => {
    const slack = target === 'database' ? CATCH_UP_MS : RECONNECT_MS
    const involved = target === refusal.ingress || kind.endsWith(' database')
    return involved && refusal.from <= to + slack && refusal.to >= from
  })
}
