import type {
  AttemptErrorCode,
  EndpointHealth,
  EndpointSettings,
  EndpointStatus,
  Failure,
  LiveSecret,
  Outcome,
  RetryMode,
  Trigger,
  WebhookEvent,
} from '@redrive/core'
import type { StoreUnavailable } from './errors.ts'

/**
 * The ledger as workers use it: what is owed, who is on it, what came of it. Every method takes a batch and is one
 * round trip, however long the batch, except where it says otherwise. Times that decide ownership (leases, due dates) are the database's own clock.
 *
 * `look_at`, a column of events and deliveries, is when the reconciler has to look at a row that nobody has finished:
 * the lease's end of a delivery in flight, the due time of one that no job is bringing, the due time and some grace of
 * one that a job should be bringing; of an event that is dispatched, the moment at which it expires. null: nothing to
 * look for (finished, or parked until its endpoint is released).
 */
export interface Ledger {
  /**
   * Makes the deliveries of these events (one for each endpoint that matches, none twice), marks the events
   * dispatched, and returns what is due now, for the queue: of those that were made before, what is still owed, a
   * thousand at most.
   * A scheduled event is passed over. The methods of fan-out make several round trips: events and subscribers, payloads
   * where there are filters, and an insert for each 500 deliveries.
   */
  fanOut(eventIds: readonly string[]): Promise<DueDelivery[]>

  /**
   * The same for as many of these events as have no more than so many recipients together; `left` are as they were.
   * Who sends first attempts itself may claim them as they are made: `claimed` are no more among those due.
   */
  fanOutUpTo(eventIds: readonly string[], most: number, firstClaims?: FirstClaims): Promise<Made & { left: string[] }>

  /**
   * Some of the deliveries of an event to very many, and where the next of them begin: at first, and alone, those to
   * endpoints that want publish order, then up to `most` a call. With the last part, whose `next` is null, the event is
   * dispatched; until then whoever begins again makes none twice. For two minutes after a part nobody looks for the rest.
   */
  fanOutPart(
    eventId: string,
    from: string | null,
    most: number,
    firstClaims?: FirstClaims,
  ): Promise<Made & { next: string | null }>

  /**
   * Takes deliveries for sending: an answer for each request, in order. A claim holds a lease of `leaseSeconds`, and a
   * fence that `record`, `renew` and `release` check; whoever lost the lease changes nothing.
   */
  claim(requests: readonly ClaimRequest[], leaseSeconds: number, gates?: 'ask' | 'leave'): Promise<ClaimAnswer[]>

  /** Prolongs the leases of what is still being sent. */
  renew(claims: readonly Claim[], leaseSeconds: number): Promise<void>

  /**
   * What leaves later than its endpoint's rate limit reckons with is counted anew: true, and it may leave within
   * `LATE_START_SECONDS` of the question. False: it counts no more, and others may go in its stead.
   */
  leaveLate(claims: readonly Claim[]): Promise<boolean[]>

  /**
   * Writes attempts together with the next state of their deliveries, in one transaction. The answer says for each
   * whether the claim still held; where it did not, nothing of that entry was written.
   */
  record(results: readonly AttemptResult[]): Promise<Recorded[]>

  /**
   * Gives claimed deliveries back without an attempt, because of trouble of our own: the ledger keeps them in a new
   * round, whose job `sweep` asks for when the delay is over, so the present job is done. Without a `fault` it has not
   * been sent, and counts for no rate limit. The third `fault` in a row sets the delivery aside as failed with code
   * `internal`.
   */
  release(releases: readonly Release[]): Promise<void>

  /**
   * Releases what waits at these endpoints' gates (limits, breaker, order), as much as there is room for: for the queue.
   * To be called when something of such an endpoint has finished, and again at the times that it answers. Who sends what
   * is let in itself may claim it at the same time: `claimed` are no more among the others.
   */
  letIn(endpointIds: readonly string[], claims?: LetInClaims): Promise<LetIn>

  /**
   * The reconciler's look at what `look_at` has passed of, locked with SKIP LOCKED: at most `limit` leases, `limit`
   * events whose time has come or is over, `limit` deliveries that no job is bringing, and of what may only be waiting for
   * its turn as many as `backlog` says (as many, where it says nothing). A part that fails is
   * logged, and the others are answered; rejects if the database is away from the start.
   * Leases that ran out are closed with an `interrupted` attempt; what waits of events that expired is cancelled. Each returned delivery is owed and its job is to be
   * enqueued again; its `look_at` is moved on, by `graceSeconds` at first and up to a minute for what is long overdue,
   * so that it comes back if that does not happen. Also releases what was parked for endpoints that have been resumed.
   * A statement or two for each part.
   */
  sweep(limit: number, graceSeconds: number, backlog?: BacklogLimits): Promise<Sweep>

  /**
   * The queue did not take the jobs of these: those that are still owed are looked at a second later, by whichever
   * reconciler finds the queue back.
   */
  unbrought(ids: { eventIds: readonly string[]; deliveryIds: readonly string[] }): Promise<void>

  /**
   * The queue may have forgotten any of its jobs: all that one should be bringing is looked at as soon as it is due. A
   * statement for each few thousand.
   */
  recall(): Promise<void>

  /** Seconds that the oldest due delivery or event has been waiting without anyone on it; 0 if none is. */
  oldestOwedSeconds(): Promise<number>

  /** Active endpoints whose breaker is open or being probed. */
  openBreakers(): Promise<number>
}

/** A delivery that wants a job. `round` makes the job's id: a new round for each time that it is queued afresh. */
export interface DueDelivery {
  deliveryId: string
  round: number
  tenantId: string
  endpointId: string
  eventType: string
  /** when it may be sent; in the past or now: at once */
  dueAt: Date
  trigger: Trigger
  /** the span that published the event, where that is known here */
  trace?: string | null
  /** of a manual retry: so long it waits, from its commit on */
  waitMs?: number
}

/** What a fan-out has made. */
export interface Made {
  /** for the queue */
  due: DueDelivery[]
  claimed: ClaimedDelivery[]
  /** what has come to endpoints in publish order: `letIn` says whether it may go */
  waitingAt: DueDelivery[]
}

/** The claims of deliveries that are made. Who has to ask at a gate, or is parked, or expired, is not claimed. */
export interface FirstClaims {
  leaseSeconds: number
  /** whether this one would be sent at once; asked before it is made, and perhaps in vain */
  wants: (delivery: Pick<DueDelivery, 'deliveryId' | 'endpointId' | 'tenantId' | 'eventType'>) => boolean
}

export interface ClaimRequest {
  deliveryId: string
  round: number
}

/** Proof of a claim. `fence` rises with each claim of the delivery. */
export interface Claim {
  deliveryId: string
  fence: number
}

export type ClaimAnswer =
  | { kind: 'claimed'; delivery: ClaimedDelivery }
  /** not due yet: the job came early */
  | { kind: 'early'; dueAt: Date }
  /**
   * finished, queued in a later round, in another's hands, parked, gone, or sealed with a key that is not configured
   * (then the ledger keeps it for a minute): the job has nothing to do
   */
  | { kind: 'nothing'; reason: 'unknown' | 'finished' | 'superseded' | 'in_flight' | 'parked' | 'unreadable' }
  /** there is a gate at its endpoint, which was left: to be claimed again, beside others that have to ask */
  | { kind: 'gated' }
  /** its endpoint's gate has no room: parked, until `letIn` releases it */
  | { kind: 'held'; endpointId: string }
  /** this claim found that it can't ever be sent (endpoint disabled or deleted, event expired) and closed it */
  | { kind: 'closed'; failure: Failure }

/** The claims of what is let in where limits, or a probe, give it a place. */
export interface LetInClaims {
  leaseSeconds: number
  /** how many of so many that have room there would be sent at once */
  places: (endpointId: string, most: number) => number
}

/** What may go now, and when there will be room without anything finishing. */
export interface LetIn {
  deliveries: DueDelivery[]
  claimed: ClaimedDelivery[]
  again: { endpointId: string; at: Date }[]
}

/** Everything that sending one attempt needs. */
export interface ClaimedDelivery {
  claim: Claim
  id: string
  number: number
  tenantId: string
  round: number
  /** the number of the attempt that is about to be made, from 1 */
  attemptNumber: number
  /** attempts that the current run of the retry policy has used up before this one */
  policyAttempts: number
  mode: RetryMode
  trigger: Trigger
  faults: number
  createdAt: Date
  /** of the delivery that the event was resent from, where a contract names that to the receiver */
  sourceNumber: number | null
  event: WebhookEvent & { payload: string }
  /** the span that published the event (W3C traceparent); null: none did */
  trace: string | null
  endpoint: ClaimedEndpoint
}

export interface ClaimedEndpoint extends EndpointSettings {
  id: string
  number: number
  status: EndpointStatus
  /** opened; those that still sign, newest first */
  secrets: LiveSecret[]
  health: EndpointHealth
}

/** An attempt as it is to be written, with what was decided about the delivery. */
export interface AttemptResult {
  claim: Claim
  attemptNumber: number
  trigger: Trigger
  request: { method: string; url: string; headers: Record<string, string> }
  outcome: Outcome
  error: { code: AttemptErrorCode; message: string } | null
  /** whether this attempt uses up one of the policy's (an interrupted one does not) */
  countsForPolicy: boolean
  decision: string
  next: NextState
  /** the endpoint has a callback URL, which is told when the delivery ends */
  callback: boolean
  /** the endpoint asked for a pause: none of its deliveries goes before */
  pauseEndpointUntil?: Date | null
  /** it held a place at its endpoint's limits, which is free now; not in order, where a place is kept for the retries */
  limited?: boolean
}

export interface Recorded {
  held: boolean
  /** others wait at its endpoint's limits */
  othersWait: boolean
}

export type NextState =
  | { status: 'succeeded' }
  /** `queued`: a job of the same round will bring it (the queue's own delay); else the ledger keeps it */
  | { status: 'retrying'; at: Date; queued: boolean }
  | { status: 'failed'; failure: Failure; disableEndpoint: string | null }

export interface Release {
  claim: Claim
  /** seconds until it may be tried again */
  delaySeconds: number
  /** a sentence, where our own code or services were at fault; null for an orderly hand-back */
  fault: string | null
}

/** Rows at most of what a job should be bringing, and may only be waiting with: lost or not, they look alike. */
export interface BacklogLimits {
  /** pending events */
  late?: number
  /** deliveries of endpoints that were paused */
  parked?: number
  /** deliveries that are due */
  brought?: number
}

export interface Sweep {
  eventIds: string[]
  /** those of them that had a job before, which was lost or waits for its turn */
  lateEventIds: string[]
  deliveries: DueDelivery[]
  /** those of them that were let in at their endpoint's gate: each holds a place there, which must not wait in the queue */
  letInIds: string[]
  /** leases that had run out; their deliveries are among `deliveries` */
  interrupted: number
  /** there may be more of what `limit` bounds, or of late events */
  full: boolean
  /** there may be more of the deliveries whose job may only be waiting */
  backlogFull: boolean
  /** the trouble that kept a part from being looked at */
  unavailable: StoreUnavailable | null
}
