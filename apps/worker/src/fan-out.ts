import {
  type Crowding,
  deliveryJob,
  type JobHandler,
  type JobResult,
  type NewJob,
  type Place,
  type Producer,
  publishJobs,
  slowed,
  typeKey,
} from '@redrive/queue'
import type { Log } from '@redrive/runtime'
import type { DueDelivery, FirstClaims, Ledger, Made } from '@redrive/store'
import { type Span, stepOf, type TraceParent, type Tracing } from '@redrive/tracing'
import { type FirstAttempts, MOST_STARTED } from './first-attempts.ts'
import type { Gates } from './gates.ts'
import { LEASE_SECONDS } from './leases.ts'
import type { WorkerMetrics } from './metrics.ts'
import { laterIfStoreIsAway } from './store-away.ts'
import { notItsTurn, type WorkerPace } from './turns.ts'

interface FanOutDeps {
  /** whether this is the lane of floods, which goes at its pace */
  isFlood: boolean
  pace: WorkerPace
  ledger: Pick<Ledger, 'fanOutUpTo' | 'fanOutPart'>
  producer: Pick<Producer, 'add'>
  firstAttempts: Pick<FirstAttempts, 'start' | 'places'>
  gates: Pick<Gates, 'look'>
  metrics: Pick<WorkerMetrics, 'fannedOut'>
  crowding: Crowding
  tracing: Tracing
  log: Log
}

/** Above these, a flood's deliveries go by the slow lane: ten thousand at once delay nobody else. */
const ENDPOINT_PER_SECOND = 250
const TENANT_PER_SECOND = 1_000
/** Deliveries that are made together. An event that becomes more than this alone is a flood. */
const MOST_DELIVERIES = 1_000
/** Of an event with more, so many are made at a time: such a statement is felt by all others, so few while there are any. */
const PART = { shared: 20, alone: 250 }
/** What fanning out one event costs, in deliveries, and what bringing one to the queue does. */
const EVENT_WEIGHT = 0.5
const JOB_WEIGHT = 0.25
/** Events of a flood that are fanned out together while there are others. */
const SLICE = 10
/** Deliveries that have their turn together: what begins at once is felt by all others, so few while there are any. */
const TURN = { shared: 5, alone: 50 }

/**
 * The handler of `publish` and its slow lane: makes the deliveries of committed events, starts what there is room for, and
 * a job for the rest.
 */
export function createFanOut({
  isFlood,
  pace,
  ledger,
  producer,
  firstAttempts,
  gates,
  metrics,
  crowding,
  tracing,
  log,
}: FanOutDeps): JobHandler<'publish'> {
  const placeOf = ({ endpointId, tenantId, eventType }: Candidate): Place => {
    const { priority, crowd } = crowding.place(
      { key: endpointId, perSecond: ENDPOINT_PER_SECOND },
      { key: tenantId, perSecond: TENANT_PER_SECOND },
    )
    // whoever floods is not spared in the other lane either
    if (isFlood) pace.crowds(endpointId)
    if (crowd !== null) pace.crowds(crowd)
    else if (!isFlood) pace.fresh(endpointId, typeKey(tenantId, eventType), tenantId)
    return { priority: isFlood ? Math.max(1, priority) : priority, crowd }
  }

  /** Each event's fan-out is a span of its own trace, however many events the job has brought. */
  const spansOf = (due: readonly Pick<DueDelivery, 'trace'>[], startedAt: Date): Spans => {
    const active = tracing.active()
    const traces = tracing.isOn ? [...new Set(due.map(({ trace }) => trace))] : []
    return new Map(
      traces.map((trace) => [trace, tracing.start('fan out', { ...stepOf(trace ?? null, active), startedAt })]),
    )
  }

  const jobOf = (due: DueDelivery, { priority, crowd }: Place, spans: Spans): NewJob => {
    const job = { ...deliveryJob(due), trace: spans.get(due.trace)?.traceParent ?? null }
    return priority === 0 ? job : slowed(job, priority, crowd === null ? [] : [crowd])
  }

  /** Whether the queue took them. */
  async function enqueue(jobs: readonly NewJob[]): Promise<boolean> {
    try {
      await producer.add(jobs)
      return true
    } catch (error) {
      // they are owed in the ledger, and the reconciler enqueues them when the queue takes jobs again
      log.warn('what was fanned out is left to the reconciler', { jobs: jobs.length, error })
      return false
    }
  }

  /** What crowds has its turn in the slow lane. */
  async function bring(due: readonly DueDelivery[], inCrowd: PlacesInCrowd, spans: Spans): Promise<JobResult> {
    const { now = [], later = [] } = Object.groupBy(due, (one) => (startsNow(inCrowd.of(one)) ? 'now' : 'later'))
    const rest = await firstAttempts.start(now, spans)
    await enqueue([...rest, ...later].map((one) => jobOf(one, inCrowd.of(one), spans)))
    return DONE
  }

  const startsNow = ({ priority }: Place): boolean => priority === 0 || !pace.isShared()

  /** A few at a time, each in its turn: one event may have become ten thousand deliveries. */
  async function bringFlood(
    due: readonly DueDelivery[],
    inCrowd: PlacesInCrowd,
    spans: Spans,
    quota: Quota,
  ): Promise<JobResult> {
    let takesJobs = true
    for (let from = 0, next = 0; from < due.length; from = next) {
      const startsHere = quota.left > 0
      const turn = pace.isShared() ? TURN.shared : TURN.alone
      next = from + (startsHere ? turn : turn / JOB_WEIGHT)
      const some = due.slice(from, next)
      quota.left -= some.length
      for (const one of some) inCrowd.of(one)
      if (!(await pace.turn(startsHere ? some.length : some.length * JOB_WEIGHT))) return notItsTurn()
      const rest = startsHere ? await firstAttempts.start(some, spans) : some
      const jobs = rest.map((one) => jobOf(one, inCrowd.of(one), spans))
      // what does not take these takes no others: the reconciler's too, they have their turns all the same
      takesJobs &&= await enqueue(jobs)
    }
    return DONE
  }

  /** In publish order: what may go is let in, and goes. false: the worker stops, and the reconciler looks there. */
  async function openGates(waitingAt: readonly DueDelivery[], inCrowd: PlacesInCrowd): Promise<boolean> {
    for (const one of waitingAt) {
      inCrowd.of(one)
      if (isFlood && !(await pace.turn(JOB_WEIGHT))) return false
      gates.look(one.endpointId)
    }
    return true
  }

  /** Makes deliveries, begins those that it claimed, and brings the others. */
  async function makeAndBring<What extends Made>(
    make: (firstClaims: FirstClaims) => Promise<What>,
    quota: Quota,
  ): Promise<{ made: What; result: JobResult }> {
    const startedAt = new Date()
    const claimedAt = performance.now()
    const inCrowd = remembered(placeOf)
    const places = firstAttempts.places()
    try {
      const made = await make({
        leaseSeconds: LEASE_SECONDS,
        wants: (one) => startsNow(inCrowd.of(one)) && quota.left > 0 && places.take(one.endpointId),
      })
      const { due, claimed, waitingAt } = made
      quota.left -= claimed.length
      const spans = spansOf([...due, ...claimed], startedAt)
      try {
        await places.start(claimed, claimedAt, spans)
        if (!(await openGates(waitingAt, inCrowd))) return { made, result: notItsTurn() }
        return { made, result: await (isFlood ? bringFlood(due, inCrowd, spans, quota) : bring(due, inCrowd, spans)) }
      } finally {
        for (const span of spans.values()) span.end()
      }
    } finally {
      places.giveUp()
    }
  }

  async function fanOut(eventIds: readonly string[], quota: Quota): Promise<JobResult> {
    const { made, result } = await makeAndBring(async (firstClaims) => {
      const fannedOut = await ledger.fanOutUpTo(eventIds, MOST_DELIVERIES, firstClaims)
      metrics.fannedOut(eventIds.length - fannedOut.left.length, madeOf(fannedOut))
      return fannedOut
    }, quota)
    const { left } = made
    if (result.kind !== 'done' || left.length === 0) return result
    if (left.length < eventIds.length) return fanOutInHalves(left, quota)
    // each of them is too much alone
    if (isFlood) return fanOutInParts(left, quota)
    await enqueue(publishJobs(left).map((job) => slowed(job, 1)))
    return result
  }

  /** Too much together may be little in two. */
  async function fanOutInHalves(eventIds: readonly string[], quota: Quota): Promise<JobResult> {
    const half = eventIds.length >> 1
    const result = half > 0 ? await fanOut(eventIds.slice(0, half), quota) : DONE
    return result.kind === 'done' ? fanOut(eventIds.slice(half), quota) : result
  }

  /** Part by part, the next when the one before is under way: of ten thousand endpoints few are in memory at once. */
  async function fanOutInParts(eventIds: readonly string[], quota: Quota): Promise<JobResult> {
    for (const eventId of eventIds) {
      let next: string | null = null
      do {
        const from: string | null = next
        const { made, result } = await makeAndBring(async (firstClaims) => {
          const part = await ledger.fanOutPart(eventId, from, pace.isShared() ? PART.shared : PART.alone, firstClaims)
          metrics.fannedOut(part.next === null ? 1 : 0, madeOf(part))
          return part
        }, quota)
        if (result.kind !== 'done') return result
        next = made.next
      } while (next !== null)
    }
    return DONE
  }

  /** A few at a time, each in its turn: what a job's many events become is not made at once either. */
  async function fanOutFlood(eventIds: readonly string[], quota: Quota): Promise<JobResult> {
    for (let from = 0, next = 0; from < eventIds.length; from = next) {
      next = pace.isShared() ? from + SLICE : eventIds.length
      const some = eventIds.slice(from, next)
      if (!(await pace.turn(some.length * EVENT_WEIGHT))) return notItsTurn()
      const result = await fanOut(some, quota)
      if (result.kind !== 'done') return result
    }
    return DONE
  }

  return ({ eventIds, crowds = [] }) =>
    laterIfStoreIsAway(() => {
      // known before its turn: a flood must not wait for the sake of its own parts
      pace.crowds(...crowds)
      const quota = { left: MOST_STARTED }
      return isFlood ? fanOutFlood(eventIds, quota) : fanOut(eventIds, quota)
    })
}

function madeOf({ due, claimed, waitingAt }: Made): number {
  return due.length + claimed.length + waitingAt.length
}

const DONE: JobResult = { kind: 'done' }

type Spans = ReadonlyMap<TraceParent | undefined, Span>

/** Of what a flood's job becomes, how much more this worker begins with itself. */
interface Quota {
  left: number
}

type Candidate = Pick<DueDelivery, 'deliveryId' | 'endpointId' | 'tenantId' | 'eventType'>

interface PlacesInCrowd {
  of(delivery: Candidate): Place
}

/** Each delivery is counted once, however often it is asked for. */
function remembered(placeOf: (delivery: Candidate) => Place): PlacesInCrowd {
  const known = new Map<string, Place>()
  return {
    of(delivery) {
      const place = known.get(delivery.deliveryId) ?? placeOf(delivery)
      known.set(delivery.deliveryId, place)
      return place
    },
  }
}
