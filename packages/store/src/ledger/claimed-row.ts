import type { EndpointStatus, RetryMode, Sealer, Trigger } from '@redrive/core'
import type { Endpoint, Event, EndpointHealth } from '../generated/client.ts'
import type { Db } from '../db.ts'
import type { Claim, ClaimedDelivery } from '../ledger.ts'
import { openHeaders, sealedFor, toHealth, toSettings } from '../rows/endpoint-row.ts'
import { toEvent } from '../rows/event-row.ts'
import type { LedgerOptions } from './create.ts'
import { releaseUnreadable } from './release.ts'

type Verdict =
  | 'claimed'
  | 'parked'
  /** the endpoint has a limit, or is in trouble: its gate decides */
  | 'gated'
  /** its endpoint's breaker is open, and no probe can go yet: parked */
  | 'blocked'
  | 'early'
  | 'finished'
  | 'in_flight'
  | 'superseded'
  | 'endpoint_deleted'
  | 'endpoint_disabled'
  | 'expired'

/** What comes of a claimed delivery: what its event and its endpoint say is in the row that leads them, and null elsewhere. */
export interface LoadedRow
  extends
    Pick<
      Event,
      | 'payload'
      | 'trace'
      | 'channel'
      | 'subjectType'
      | 'subjectId'
      | 'idempotencyKey'
      | 'sourceEventId'
      | 'sourceNumber'
    >,
    Pick<Event, 'deliverAt' | 'expiresAt'>,
    Omit<
      Endpoint,
      | 'id'
      | 'number'
      | 'tenantId'
      | 'status'
      | 'disabledReason'
      | 'disabledAt'
      | 'callbackOf'
      | 'createdAt'
      | 'updatedAt'
      | 'deletedAt'
    >,
    Pick<EndpointHealth, 'failingSince' | 'openedAt' | 'nextProbeAt'> {
  id: string
  endpointId: string
  fence: number
  number: bigint
  tenantId: string
  round: number
  attemptCount: number
  policyAttempts: number
  mode: RetryMode
  trigger: Trigger
  faults: number
  createdAt: Date
  eventId: string
  leadsEvent: boolean
  leadsEndpoint: boolean
  eventType: string
  eventMetadata: Event['metadata']
  eventEndpointId: string | null
  eventCreatedAt: Date
  /** the endpoint itself, or the one whose callback URL it stands for */
  secretsOf: string
  endpointNumber: bigint
  endpointStatus: EndpointStatus
  /** null for an endpoint that never failed */
  breakerState: string | null
  consecutiveFailures: number | null
  sealedSecrets: string[] | null
  /** milliseconds since the epoch; null: it has no end */
  secretExpiries: (number | null)[] | null
}

/** A row of the claim's answer. What was loaded is there only if the verdict is `claimed` and the row was won. */
export interface ClaimRow extends LoadedRow {
  place: number
  verdict: Verdict
  /** whether this claim changed the row: false if another was quicker */
  won: boolean
  dueAt: Date
  /** as the claim found them */
  seenFence: number
  seenTrigger: Trigger
}

/**
 * What these rows claimed, by id; events and endpoints are shared among them. A secret or a sensitive header that can't
 * be opened is our fault, and must cost neither the rest of the batch nor the receiver: its delivery goes back, and is
 * missing here.
 */
export async function loadClaimed(
  db: Db,
  rows: readonly LoadedRow[],
  { sealer, log }: Pick<LedgerOptions, 'sealer' | 'log'>,
): Promise<Map<string, ClaimedDelivery>> {
  const event = lazily(
    rows.filter((row) => row.leadsEvent),
    (row) => row.eventId,
    toLoadedEvent,
  )
  const endpoint = lazily(
    rows.filter((row) => row.leadsEndpoint),
    (row) => row.endpointId,
    (row) => toLoadedEndpoint(row, sealer),
  )
  const claimed = new Map<string, ClaimedDelivery>()
  const unreadable: Claim[] = []
  for (const row of rows) {
    const claim = { deliveryId: row.id, fence: row.fence }
    try {
      claimed.set(row.id, toClaimed(row, claim, event(row.eventId), endpoint(row.endpointId)))
    } catch (error) {
      log.error('an endpoint’s secrets can’t be opened; its delivery waits', {
        deliveryId: row.id,
        endpointId: row.endpointId,
        error,
      })
      unreadable.push(claim)
    }
  }
  if (unreadable.length > 0) await releaseUnreadable(db, unreadable)
  return claimed
}

function toClaimed(
  row: LoadedRow,
  claim: Claim,
  event: LoadedEvent,
  endpoint: ClaimedDelivery['endpoint'],
): ClaimedDelivery {
  return {
    claim,
    id: row.id,
    number: Number(row.number),
    tenantId: row.tenantId,
    round: row.round,
    attemptNumber: row.attemptCount + 1,
    policyAttempts: row.policyAttempts,
    mode: row.mode,
    trigger: row.trigger,
    faults: row.faults,
    createdAt: row.createdAt,
    ...event,
    endpoint,
  }
}

/** What leads, by its key; made once, when it is first wanted. */
function lazily<Made>(
  leads: readonly LoadedRow[],
  keyOf: (row: LoadedRow) => string,
  make: (row: LoadedRow) => Made,
): (key: string) => Made {
  const rows = new Map(leads.map((row) => [keyOf(row), row]))
  const made = new Map<string, Made>()
  return (key) => {
    const known = made.get(key)
    if (known !== undefined) return known
    const row = rows.get(key)
    if (row === undefined) throw new Error(`a claim came without ${key}`)
    const value = make(row)
    made.set(key, value)
    return value
  }
}

type LoadedEvent = Pick<ClaimedDelivery, 'event' | 'trace' | 'sourceNumber'>

function toLoadedEvent(row: LoadedRow): LoadedEvent {
  return {
    sourceNumber: row.sourceNumber === null ? null : Number(row.sourceNumber),
    event: {
      ...toEvent({
        ...row,
        id: row.eventId,
        type: row.eventType,
        metadata: row.eventMetadata,
        endpointId: row.eventEndpointId,
        // what is sent has been fanned out
        status: 'dispatched',
        createdAt: row.eventCreatedAt,
        lookAt: null,
        dispatchedAt: null,
      }),
      payload: row.payload,
    },
    trace: row.trace,
  }
}

/** @throws SealError */
function toLoadedEndpoint(row: LoadedRow, sealer: Sealer): ClaimedDelivery['endpoint'] {
  const boundTo = sealedFor(row.tenantId, row.secretsOf)
  const settings = toSettings({ ...row, ...UNUSED, id: row.endpointId, status: row.endpointStatus })
  return {
    ...settings,
    headers: openHeaders(settings.headers, sealer, boundTo),
    id: row.endpointId,
    number: Number(row.endpointNumber),
    status: row.endpointStatus,
    secrets: (row.sealedSecrets ?? []).map((sealed, at) => ({
      secret: sealer.open(sealed, boundTo),
      expiresAt: toDate(row.secretExpiries?.[at]),
    })),
    health: toHealth(
      row.breakerState === null
        ? null
        : { ...row, breakerState: row.breakerState, consecutiveFailures: row.consecutiveFailures ?? 0 },
    ),
  }
}

/** Columns of an endpoint that sending does not need. */
const UNUSED = {
  disabledReason: null,
  disabledAt: null,
  callbackOf: null,
  createdAt: new Date(0),
  updatedAt: new Date(0),
  deletedAt: null,
}

function toDate(ms: number | null | undefined): Date | null {
  return typeof ms === 'number' ? new Date(ms) : null
}
