import type {
  AttemptErrorCode,
  AttemptSummary,
  Delivery,
  DeliveryStatus,
  FailureCode,
  RetryPolicy,
} from '@redrive/core'
import { attemptId, maxRetries } from '@redrive/core'
import type { Delivery as StoredDelivery, Endpoint as StoredEndpoint } from '../generated/client.ts'

const FINISHED: readonly string[] = ['succeeded', 'failed', 'cancelled'] satisfies DeliveryStatus[]

/** What of a delivery is shown, with the URL and the policy that its endpoint has now. */
export type DeliveryRow = Omit<
  StoredDelivery,
  | 'round'
  | 'fence'
  | 'faults'
  | 'trigger'
  | 'lookAt'
  | 'claimedAt'
  | 'retriedAt'
  | 'cancelAsked'
  | 'gaveUpAt'
  | 'callback'
> &
  Pick<StoredEndpoint, 'url' | 'retryPolicy'>

/** A delivery as it is shown. */
export function toDelivery(row: DeliveryRow, defaultPolicy: RetryPolicy): Delivery {
  return {
    id: row.id,
    number: Number(row.number),
    tenantId: row.tenantId,
    eventId: row.eventId,
    eventType: row.eventType,
    endpointId: row.endpointId,
    url: row.url,
    // a check of the table
    status: row.status as DeliveryStatus,
    attemptCount: row.attemptCount,
    policyAttempts: row.policyAttempts,
    // written by the endpoints repository alone
    maxAttempts: maxAttempts(row, (row.retryPolicy ?? defaultPolicy) as RetryPolicy),
    nextAttemptAt: row.nextAttemptAt,
    failure:
      row.failureCode === null
        ? null
        : // written by the ledger and `failWaiting` alone, from this type
          { code: row.failureCode as FailureCode, message: row.failureMessage ?? '' },
    lastAttempt: lastAttempt(row),
    createdAt: row.createdAt,
    updatedAt: row.updatedAt,
    completedAt: row.completedAt,
  }
}

/** Attempts so far that the policy's present run did not pay for, and those that it allows. */
function maxAttempts(row: DeliveryRow, policy: RetryPolicy): number {
  const planned = row.attemptCount - row.policyAttempts + 1 + maxRetries(policy)
  if (row.mode === 'once') return FINISHED.includes(row.status) ? row.attemptCount : row.attemptCount + 1
  return Math.max(planned, row.attemptCount)
}

function lastAttempt(row: DeliveryRow): AttemptSummary | null {
  if (row.attemptCount === 0 || row.lastStartedAt === null) return null
  return {
    id: attemptId(row.id, row.attemptCount),
    number: row.attemptCount,
    startedAt: row.lastStartedAt,
    durationMs: row.lastDurationMs ?? 0,
    status: row.lastStatus,
    error:
      row.lastErrorCode === null
        ? null
        : // written by the ledger alone, from this type
          { code: row.lastErrorCode as AttemptErrorCode, message: row.lastErrorMessage ?? '' },
  }
}
