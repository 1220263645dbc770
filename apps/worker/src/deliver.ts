import type { JobPayload } from '@redrive/contracts'
import {
  attemptError,
  buildRequest,
  type Clock,
  countsForPolicy,
  isSuccess,
  type Next,
  type Outcome,
  pauseEndpointUntil,
  type Random,
  rateLeavesWithinMs,
  type RetryPolicy,
  whatNext,
  withoutEchoes,
} from '@redrive/core'
import type { Sender } from '@redrive/delivery'
import { type Crowding, type JobHandler, type JobResult, type Producer, slowDeliveryJob, typeKey } from '@redrive/queue'
import type { Log } from '@redrive/runtime'
import {
  type AttemptResult,
  type ClaimedDelivery,
  type ClaimRequest,
  LATE_START_SECONDS,
  type NextState,
  StoreUnavailable,
} from '@redrive/store'
import type { Tracing } from '@redrive/tracing'
import type { DeliveryLedger } from './batches.ts'
import type { Gates } from './gates.ts'
import type { Lane, Slot } from './lanes.ts'
import { LEASE_SECONDS, type Leases } from './leases.ts'
import type { WorkerMetrics } from './metrics.ts'
import { laterIfStoreIsAway } from './store-away.ts'
import { noteOutcome, startAttemptSpan } from './trace-attempt.ts'
import { notItsTurn, type WorkerPace } from './turns.ts'
import { untilStoreIsBack } from './until-store-is-back.ts'

interface DeliverDeps {
  pace: WorkerPace
  producer: Pick<Producer, 'add'>
  crowding: Crowding
  ledger: DeliveryLedger
  leases: Leases
  gates: Gates
  sender: Pick<Sender, 'send'>
  defaultRetryPolicy: RetryPolicy
  /** how far ahead a retry waits in the queue */
  horizonMs: number
  /** Redrive's own, for `user-agent` */
  version: string
  clock: Clock
  random: Random
  metrics: Pick<WorkerMetrics, 'attempted' | 'faulted'>
  tracing: Tracing
  /** whether receivers get a `traceparent` */
  tellTrace: boolean
  log: Log
}

/** Faults of our own are tried again after so long; the ledger sets the delivery aside after a few. */
const FAULT_DELAY_SECONDS = 10
/** What came early comes again after so long at the least. */
const EARLY_AGAIN_MS = 100
/** A claim that is answered later has too little of its lease left: what is held is renewed every five seconds. */
const LONGEST_CLAIM_MS = (LEASE_SECONDS * 1000) / 2
/** What steps aside more often than this goes behind what seldom does. */
const ASIDE_PER_SECOND = 10

/** Claims in the ledger, sends, decides what comes next, and records both at once. */
export interface Deliver {
  /** Whatever the ledger does not let be claimed needs nothing. `slot` is told how long the endpoint took. */
  one(request: ClaimRequest, signal: AbortSignal, slot: Slot | null): Promise<JobResult>
  /** What is claimed already; `claimedAt`, by the clock of `performance.now()`, is a moment before it was. */
  claimed(delivery: ClaimedDelivery, claimedAt: number, signal: AbortSignal, slot: Slot): Promise<JobResult>
  /** The handler of a lane of jobs. null: the lane of what crowds the others, which goes at its pace. */
  handler(lane: Lane | null): JobHandler<'deliver'>
}

export function createDeliver(deps: DeliverDeps): Deliver {
  const { ledger, leases, gates, pace, sender, log } = deps

  return {
    one: deliver,
    claimed: (delivery, claimedAt, signal, slot) => laterIfStoreIsAway(() => begin(delivery, claimedAt, signal, slot)),
    handler:
      (lane) =>
      async (payload, { signal }) => {
        if (lane === null) {
          pace.crowds(payload.endpointId, ...(payload.crowds ?? []))
          return (await pace.turn()) ? deliver(payload, signal, null) : notItsTurn()
        }
        const slot = lane.enter(payload.endpointId)
        if (slot === null) return stepAside(payload)
        try {
          return await deliver(payload, signal, slot)
        } finally {
          slot.leave()
        }
      },
  }

  function deliver({ deliveryId, round }: ClaimRequest, signal: AbortSignal, slot: Slot | null): Promise<JobResult> {
    return laterIfStoreIsAway(async (): Promise<JobResult> => {
      // a job that came after the last wait of a worker that stops
      if (signal.aborted) return notItsTurn()
      const askedAt = performance.now()
      const answer = await ledger.claim({ deliveryId, round })
      switch (answer.kind) {
        case 'claimed':
          return begin(answer.delivery, askedAt, signal, slot)
        case 'early':
          return { kind: 'again', at: notBefore(answer.dueAt, deps.clock()), reason: 'It is not due yet.' }
        case 'held':
          gates.waitsAt(answer.endpointId)
          return { kind: 'done' }
        case 'closed':
          log.info('delivery closed', { deliveryId, code: answer.failure.code })
          return { kind: 'failed', reason: answer.failure.message }
        case 'nothing':
          log.debug('nothing to deliver', { deliveryId, round, reason: answer.reason })
          return { kind: 'done' }
      }
    })
  }

  async function begin(
    delivery: ClaimedDelivery,
    claimedAt: number,
    signal: AbortSignal,
    slot: Slot | null,
  ): Promise<JobResult> {
    const { tenantId, attemptNumber, round, event, endpoint, claim } = delivery
    // what a gate was between has waited for its endpoint, and what it let in, which is in a later round, has too
    if (slot !== null && attemptNumber === 1 && round === 0 && event.deliverAt === null && !hasGate(endpoint)) {
      const waitedMs = deps.clock() - event.createdAt.getTime()
      pace.felt('wait', waitedMs, endpoint.id, typeKey(tenantId, event.type), tenantId)
    }
    const mayLeave = (): boolean => !signal.aborted && performance.now() - claimedAt < LONGEST_CLAIM_MS
    if (!mayLeave() || !(await countsForRate(delivery, claimedAt)) || !mayLeave()) {
      // the worker stops, and nothing has been sent; or this process or the database stood still, and the lease ends
      // before it could be renewed, or others go in its stead
      log.warn('a claim was answered too late to be used', { deliveryId: delivery.id })
      await ledger.release({ claim, delaySeconds: 0, fault: null })
      return { kind: 'done' }
    }
    return attempt(delivery, signal, slot)
  }

  /** Whether its rate limit reckons with it now; where it is late for that, the limit is told. */
  async function countsForRate({ claim, endpoint }: ClaimedDelivery, claimedAt: number): Promise<boolean> {
    const { rateLimit } = endpoint
    const askedAt = performance.now()
    if (rateLimit === null || askedAt - claimedAt < rateLeavesWithinMs(rateLimit)) return true
    const counts = await ledger.leaveLate(claim).catch((error: unknown) => {
      log.warn('a rate limit could not be told of what leaves late', { deliveryId: claim.deliveryId, error })
      return false
    })
    return counts && performance.now() - askedAt < LATE_START_SECONDS * 1000
  }

  /** Once, and to slots that nobody else waits for: the endpoint holds its share of these. */
  async function stepAside(payload: JobPayload<'deliver'>): Promise<JobResult> {
    pace.crowds(payload.endpointId)
    const { priority } = deps.crowding.place({ key: payload.endpointId, perSecond: ASIDE_PER_SECOND })
    try {
      await deps.producer.add([slowDeliveryJob(payload, priority)])
    } catch (error) {
      log.debug('a delivery is left to the reconciler', { deliveryId: payload.deliveryId, error })
    }
    return { kind: 'done' }
  }

  async function attempt(delivery: ClaimedDelivery, signal: AbortSignal, slot: Slot | null): Promise<JobResult> {
    leases.hold(delivery.claim)
    let mayMakeRoom = hasGate(delivery.endpoint)
    const span = startAttemptSpan(deps.tracing, delivery)
    try {
      const { request, redactedHeaders } = buildRequest({
        event: delivery.event,
        endpoint: delivery.endpoint,
        deliveryId: delivery.id,
        attemptNumber: delivery.attemptNumber,
        now: new Date(deps.clock()),
        version: deps.version,
        ...(delivery.sourceNumber !== null && { sourceEventNumber: delivery.sourceNumber }),
        ...(deps.tellTrace && span.traceParent !== null && { traceParent: span.traceParent }),
      })
      const outcome = await sender.send(request, signal)
      slot?.answered(outcome.durationMs, !isSuccess(outcome))
      if (deps.tracing.isOn) noteOutcome(span, outcome)
      const next = decide(delivery, outcome)
      const result = resultOf(delivery, { url: request.url, headers: redactedHeaders }, outcome, next)
      const { held, othersWait } = await deps.tracing.within(span, () =>
        untilStoreIsBack(() => ledger.record(result, hasGate(delivery.endpoint)), signal),
      )
      // where limits are all there is, the record has seen whether anybody waits
      if (isLimited(delivery.endpoint) && delivery.endpoint.health.state !== 'open') mayMakeRoom = othersWait || !held
      report(delivery, result, held)
      return held ? jobResult(next, result.next) : { kind: 'done' }
    } catch (error) {
      // the database is away: the lease runs out, and what may have been sent is recorded as interrupted
      if (error instanceof StoreUnavailable) throw error
      return await handBack(delivery, error)
    } finally {
      span.end()
      leases.letGo(delivery.claim)
      if (mayMakeRoom) gates.look(delivery.endpoint.id)
    }
  }

  function decide(delivery: ClaimedDelivery, outcome: Outcome): Next {
    return whatNext({
      outcome,
      policyAttempts: delivery.policyAttempts,
      mode: delivery.mode,
      policy: delivery.endpoint.retryPolicy ?? deps.defaultRetryPolicy,
      expiresAt: delivery.event.expiresAt,
      now: new Date(deps.clock()),
      random: deps.random,
    })
  }

  function resultOf(
    delivery: ClaimedDelivery,
    { url, headers }: { url: string; headers: Record<string, string> },
    outcome: Outcome,
    next: Next,
  ): AttemptResult {
    return {
      claim: delivery.claim,
      attemptNumber: delivery.attemptNumber,
      trigger: delivery.trigger,
      request: { method: 'POST', url, headers },
      outcome: withoutEchoes(outcome, delivery.endpoint),
      error: attemptError(outcome),
      countsForPolicy: countsForPolicy(outcome),
      decision: next.reason,
      next: nextState(next),
      callback: delivery.endpoint.callbackUrl !== null,
      limited: isLimited(delivery.endpoint),
      pauseEndpointUntil: pauseEndpointUntil(outcome, new Date(deps.clock())),
    }
  }

  function nextState(next: Next): NextState {
    switch (next.kind) {
      case 'succeed':
        return { status: 'succeeded' }
      case 'retry':
        return { status: 'retrying', at: next.at, queued: next.at.getTime() - deps.clock() <= deps.horizonMs }
      case 'give_up':
        return { status: 'failed', failure: next.failure, disableEndpoint: next.disableEndpoint }
    }
  }

  /** A bug or a fault of ours: no attempt is recorded, and the ledger brings the delivery again, a few times. */
  async function handBack(delivery: ClaimedDelivery, error: unknown): Promise<JobResult> {
    const fault = `Redrive could not make this attempt: ${error instanceof Error ? error.message : String(error)}`
    deps.metrics.faulted()
    log.error('delivery handed back', { deliveryId: delivery.id, endpointId: delivery.endpoint.id, error })
    await ledger.release({ claim: delivery.claim, delaySeconds: FAULT_DELAY_SECONDS, fault })
    return { kind: 'done' }
  }

  function report(delivery: ClaimedDelivery, result: AttemptResult, held: boolean): void {
    const { outcome } = result
    const fields = {
      tenantId: delivery.tenantId,
      eventId: delivery.event.id,
      endpointId: delivery.endpoint.id,
      deliveryId: delivery.id,
      attempt: delivery.attemptNumber,
      trigger: delivery.trigger,
      ms: outcome.durationMs,
      ...(outcome.kind === 'response' ? { status: outcome.status } : { code: outcome.code }),
      next: result.next.status,
      ...(result.next.status === 'retrying' && { nextAttemptAt: result.next.at }),
    }
    if (held) {
      deps.metrics.attempted(delivery, result)
      log.info('attempt', fields)
    } else log.warn('an attempt is not recorded: the lease was lost before it ended', fields)
  }
}

/** By a clock that is ahead of the database's it is due already, and would come in a hot loop. */
function notBefore(dueAt: Date, now: number): Date {
  return new Date(Math.max(dueAt.getTime(), now + EARLY_AGAIN_MS))
}

function jobResult(next: Next, state: NextState): JobResult {
  switch (state.status) {
    case 'succeeded':
      return { kind: 'done' }
    case 'retrying':
      return state.queued ? { kind: 'again', at: state.at, reason: next.reason } : { kind: 'done' }
    case 'failed':
      return { kind: 'failed', reason: state.failure.message }
  }
}

/** Whether it holds a place for this attempt alone. */
function isLimited({ maxConcurrency, rateLimit, ordering }: ClaimedDelivery['endpoint']): boolean {
  return ordering !== 'fifo' && (maxConcurrency !== null || rateLimit !== null)
}

/** Whether others may wait for this delivery's place, or for its success. */
function hasGate({ maxConcurrency, rateLimit, ordering, health }: ClaimedDelivery['endpoint']): boolean {
  return maxConcurrency !== null || rateLimit !== null || ordering === 'fifo' || health.state === 'open'
}
