import type { EndpointStatus } from '@redrive/core'
import { isUuid } from '@redrive/core'
import type { Db } from '../db.ts'
import type { Endpoints } from '../endpoints.ts'
import type { Prisma } from '../generated/client.ts'
import { syncCallback } from './callback-endpoint.ts'

type Transaction = Prisma.TransactionClient

interface LockedEndpoint {
  status: EndpointStatus
  headers: Prisma.JsonValue
}

/** Locks an endpoint for a change; null if the tenant has none with this id. Health first, as the ledger's record does. */
export async function lockEndpoint(tx: Transaction, tenantId: string, id: string): Promise<LockedEndpoint | null> {
  await tx.$queryRaw`SELECT 1 AS locked FROM endpoint_health WHERE endpoint_id = ${id}::uuid FOR UPDATE`
  const [locked] = await tx.$queryRaw<LockedEndpoint[]>`
    SELECT status, headers FROM endpoints
    WHERE id = ${id}::uuid AND tenant_id = ${tenantId}::uuid AND deleted_at IS NULL AND callback_of IS NULL FOR UPDATE`
  return locked ?? null
}

/** The columns that a change of status touches; `reason` is why it is disabled. */
export function statusChange(
  before: EndpointStatus,
  after: EndpointStatus | undefined,
  reason: string | null | undefined,
  now: Date,
): Prisma.EndpointUpdateInput {
  const status = after ?? before
  if (status !== 'disabled') return { status, disabledReason: null, disabledAt: null }
  if (before === 'disabled') return reason === undefined ? {} : { disabledReason: reason }
  return { status, disabledReason: reason ?? null, disabledAt: now }
}

/**
 * What follows from a change of status, in its transaction. What was parked needs nothing here: the ledger's sweep lets
 * it go, the oldest first and not all at once, or to the claim that closes what is for a disabled endpoint.
 */
export async function followStatus(tx: Transaction, id: string, status: EndpointStatus): Promise<void> {
  if (status !== 'active') return
  // An owner who lets it work again means from scratch: old failures would open the breaker or disable it anew. But
  // the pause that the endpoint itself has asked for is not the owner's to end.
  await tx.$executeRaw`
    WITH forgotten AS (
      DELETE FROM endpoint_health WHERE endpoint_id = ${id}::uuid AND (not_before IS NULL OR not_before <= now())
    )
    UPDATE endpoint_health h SET
      failing_since = NULL, consecutive_failures = 0, breaker_state = 'closed', opened_at = NULL, next_probe_at = NULL,
      probe_delay_seconds = 0, recovered_at = NULL, updated_at = now()
    WHERE h.endpoint_id = ${id}::uuid AND h.not_before > now()`
}

/** Pause, resume, enable, disable: a step from some statuses to another, decided under the endpoint's lock. */
export function createSwitch(db: Db, get: Endpoints['get']): Endpoints['switchStatus'] {
  return async (tenantId, id, { to, from, reason }) => {
    if (!isUuid(id)) return null
    const conflict = await db.$transaction(async (tx) => {
      const locked = await lockEndpoint(tx, tenantId, id)
      if (!locked) return 'unknown'
      const before = locked.status
      if (before !== to && !from.includes(before)) return before
      if (before === to && reason === undefined) return null
      const now = new Date()
      await tx.endpoint.update({
        where: { id },
        data: { ...statusChange(before, to, reason, now), updatedAt: now },
      })
      if (before === to) return null
      await followStatus(tx, id, to)
      if (to === 'active') await syncCallback(tx, id)
      return null
    })
    if (conflict === 'unknown') return null
    if (conflict !== null) return { conflict }
    const endpoint = await get(tenantId, id)
    return endpoint && { endpoint }
  }
}
