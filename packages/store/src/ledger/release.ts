import type { Db, Statements } from '../db.ts'
import type { Claim, Ledger, Release } from '../ledger.ts'
import { idBounds, retryDeadlock } from './statement.ts'

/** A delivery that made our own code fail this often in a row is set aside. */
const FAULTS_TO_FAIL = 3
const UNREADABLE_DELAY_SECONDS = 60

/** Prolongs leases: a row that is no longer ours by its fence is left alone. */
export function createRenew(db: Statements): Ledger['renew'] {
  return async (claims, leaseSeconds) => {
    if (claims.length === 0) return
    const { ids, fences, first, last } = columns(claims)
    await retryDeadlock(
      () => db.$executeRaw`
        UPDATE deliveries d SET look_at = now() + make_interval(secs => ${leaseSeconds})
        FROM unnest(${ids}::uuid[], ${fences}::int[]) AS i(id, fence)
        WHERE d.id = i.id AND d.fence = i.fence AND d.status = 'delivering'
          AND d.id = ANY (${ids}::uuid[]) AND d.id BETWEEN ${first}::uuid AND ${last}::uuid`,
    )
  }
}

/** Gives back to the ledger: the next round's job comes from the reconciler. */
export function createRelease(db: Db): Ledger['release'] {
  return async (releases) => {
    if (releases.length > 0) await retryDeadlock(() => release(db, releases))
  }
}

/** Hands back what can't be sent until an operator mends the encryption keys. No fault of the delivery. */
export async function releaseUnreadable(db: Db, claims: readonly Claim[]): Promise<void> {
  const releases = claims.map((claim) => ({ claim, delaySeconds: UNREADABLE_DELAY_SECONDS, fault: null }))
  await retryDeadlock(() => release(db, releases))
}

export async function release(db: Db, releases: readonly Release[]): Promise<void> {
  const { ids, fences, first, last } = columns(releases.map((entry) => entry.claim))
  await db.$executeRaw`
    WITH input AS (
      SELECT d.id, i.fence, i.delay, i.fault, i.fault IS NOT NULL AND d.faults + 1 >= ${FAULTS_TO_FAIL} AS set_aside
      FROM unnest(
        ${ids}::uuid[], ${fences}::int[],
        ${releases.map((entry) => entry.delaySeconds)}::float8[], ${releases.map((entry) => entry.fault)}::text[]
      ) AS i(id, fence, delay, fault)
      JOIN deliveries d ON d.id = i.id
      WHERE d.id = ANY (${ids}::uuid[]) AND d.id BETWEEN ${first}::uuid AND ${last}::uuid
    ), released AS (
      UPDATE deliveries d SET
        status = CASE WHEN i.set_aside THEN 'failed' WHEN d.cancel_asked THEN 'cancelled' WHEN d.attempt_count > 0 THEN 'retrying' ELSE 'pending' END,
        round = d.round + 1,
        faults = d.faults + (i.fault IS NOT NULL)::int,
        next_attempt_at = CASE WHEN NOT i.set_aside AND NOT d.cancel_asked THEN now() + make_interval(secs => i.delay) END,
        look_at = CASE WHEN NOT i.set_aside AND NOT d.cancel_asked THEN now() + make_interval(secs => i.delay) END,
        failure_code = CASE WHEN i.set_aside THEN 'internal' END,
        failure_message = CASE WHEN i.set_aside THEN i.fault END,
        completed_at = CASE WHEN i.set_aside OR d.cancel_asked THEN now() END,
        cancel_asked = false,
        gave_up_at = CASE WHEN i.set_aside THEN now() ELSE d.gave_up_at END,
        updated_at = now()
      FROM input i
      WHERE d.id = i.id AND d.fence = i.fence AND d.status = 'delivering'
        AND d.id = ANY (${ids}::uuid[]) AND d.id BETWEEN ${first}::uuid AND ${last}::uuid
      RETURNING d.id, d.fence, i.fault
    )
    -- it has not been sent, so no rate limit counts it
    UPDATE endpoint_tickets k SET done_at = 'epoch'
    FROM released r
    WHERE r.fault IS NULL AND k.delivery_id = r.id AND k.fence = r.fence - 1 AND k.delivery_id = ANY (${ids}::uuid[])`
}

function columns(claims: readonly Claim[]): { ids: string[]; fences: number[]; first: string; last: string } {
  const sorted = claims.map((claim) => claim.deliveryId)
  return { ids: sorted, fences: claims.map((claim) => claim.fence), ...idBounds(sorted) }
}
