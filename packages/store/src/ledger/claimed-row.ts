import type { EndpointStatus, RetryMode, Sealer, Trigger } from '@redrive/core'
import type { Endpoint, Event, EndpointHealth } from '../generated/client.ts'
import type { ClaimedDelivery } from '../ledger.ts'
import { openHeaders, sealedFor, toHealth, toSettings } from '../rows/endpoint-row.ts'
import { toEvent } from '../rows/event-row.ts'

type Verdict =
  | 'claimed'
  | 'parked'
  /** the endpoint has a limit, or is in trouble: its gate decides */
  | 'gated'
  | 'early'
  | 'finished'
  | 'in_flight'
  | 'superseded'
  | 'endpoint_deleted'
  | 'endpoint_disabled'
  | 'expired'

/** A row of the claim's answer. What follows `fence` is there only if the verdict is `claimed` and the row was won. */
export interface ClaimRow
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
  place: number
  id: string
  verdict: Verdict
  /** whether this claim changed the row: false if another was quicker */
  won: boolean
  dueAt: Date
  endpointId: string
  /** as the claim found them */
  seenFence: number
  seenTrigger: Trigger
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
  eventType: string
  eventMetadata: Event['metadata']
  eventEndpointId: string | null
  eventStatus: string
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

/** @throws SealError if a secret or a sensitive header can't be opened */
export function toClaimed(row: ClaimRow, sealer: Sealer): ClaimedDelivery {
  const boundTo = sealedFor(row.tenantId, row.secretsOf)
  const settings = toSettings({ ...row, ...UNUSED, id: row.endpointId, status: row.endpointStatus })
  return {
    claim: { deliveryId: row.id, fence: row.fence },
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
    sourceNumber: row.sourceNumber === null ? null : Number(row.sourceNumber),
    event: {
      ...toEvent({
        ...row,
        id: row.eventId,
        type: row.eventType,
        metadata: row.eventMetadata,
        endpointId: row.eventEndpointId,
        status: row.eventStatus,
        createdAt: row.eventCreatedAt,
        lookAt: null,
        dispatchedAt: null,
      }),
      payload: row.payload,
    },
    trace: row.trace,
    endpoint: {
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
    },
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
