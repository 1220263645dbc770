import type { Statements } from '../db.ts'
import type { LateDeparture, Ledger } from '../ledger.ts'
import { retryDeadlock } from './statement.ts'

/** Within so long of its question, and not after, what leaves late may leave. */
export const LATE_START_SECONDS = 1

/**
 * Moves tickets to the last moment at which their requests may leave now. Without the gate's lock: while the old ticket
 * still counts, nobody was let in instead of it, and the new one counts for longer than the old.
 */
export function createLeaveLate(db: Statements): Ledger['leaveLate'] {
  return async (departures) => {
    const ids = departures.map(({ claim }) => claim.deliveryId)
    const moved = await retryDeadlock(
      () => db.$queryRaw<{ id: string; fence: number }[]>`
        UPDATE endpoint_tickets k SET admitted_at = clock_timestamp() + make_interval(secs => ${LATE_START_SECONDS})
        FROM unnest(
          ${ids}::uuid[], ${departures.map(({ claim }) => claim.fence)}::int[],
          ${departures.map(({ perSeconds }) => perSeconds)}::float8[]
        ) AS i(id, fence, seconds)
        WHERE k.delivery_id = i.id AND k.fence = i.fence - 1 AND k.delivery_id = ANY (${ids}::uuid[])
          AND k.admitted_at + make_interval(secs => i.seconds) > clock_timestamp()
        RETURNING i.id, i.fence`,
    )
    return departures.map(({ claim }: LateDeparture) =>
      moved.some(({ id, fence }) => id === claim.deliveryId && fence === claim.fence),
    )
  }
}
