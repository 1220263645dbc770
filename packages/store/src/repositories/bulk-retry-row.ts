import type { BulkRetry, BulkRetryFilter, BulkRetryStatus, RetryMode } from '@redrive/core'
import type { BulkRetry as BulkRetryRow } from '../generated/client.ts'

/** A filter as JSON keeps it. */
type StoredFilter = Omit<BulkRetryFilter, 'since' | 'until'> & { since: string | null; until: string | null }

export function toBulkRetry(row: BulkRetryRow): BulkRetry {
  // written by `start` alone
  const { since, until, ...filter } = row.filter as unknown as StoredFilter
  return {
    id: row.id,
    tenantId: row.tenantId,
    filter: { ...filter, since: toDate(since), until: toDate(until) },
    // checks of the table
    mode: row.mode as RetryMode,
    status: row.status as BulkRetryStatus,
    onlyMissing: row.onlyMissing,
    matched: row.matched,
    queued: row.queued,
    skipped: row.skipped,
    createdAt: row.createdAt,
    completedAt: row.completedAt,
  }
}

function toDate(text: string | null): Date | null {
  return text === null ? null : new Date(text)
}
