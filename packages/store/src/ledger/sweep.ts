import type { Log } from '@redrive/runtime'
import type { Db } from '../db.ts'
import { StoreUnavailable } from '../errors.ts'
import { Prisma } from '../generated/client.ts'
import type { DueDelivery, Ledger } from '../ledger.ts'
import { cancelExpired } from './expired-events.ts'
import { closeExpiredLeases } from './expired-leases.ts'
import type { ExpiredLease } from './expired-leases.ts'
import { retryDeadlock } from './statement.ts'
import { unpark } from './unpark.ts'

/** However long a row has waited, it is looked at again this soon. */
const LONGEST_PAUSE_SECONDS = 60
/** Overdue for so long, and again each time that this doubles, a job is taken for lost or for kept as a failed one,
 * which would swallow its own id: a new round. */
const NEW_ROUND_SECONDS = 300
/** What comes due before the next look, a second from now, gets a job that waits until then. */
const AHEAD_SECONDS = 1.5

/**
 * The reconciler's look. A row that stays due is looked at again after a pause that grows with its age, so that a long
 * backlog is not enqueued over and over. Rows that others have locked are left to them. Leases come first: what a
 * later part finds wrong with the database must not have been followed by closing leases that could not be renewed.
 */
export function createSweep(db: Db, log: Log): Ledger['sweep'] {
  return async (limit, graceSeconds, { late = limit, parked = limit, brought: broughtLimit = limit } = {}) => {
    const unavailable: StoreUnavailable[] = []
    /** What one part moved on is not lost because another fails. */
    async function part<T>(name: string, work: () => Promise<T[]>): Promise<T[]> {
      try {
        return await work()
      } catch (error) {
        if (error instanceof StoreUnavailable) unavailable.push(error)
        else log.error('a part of the reconciler’s look failed', { part: name, error })
        return []
      }
    }

    const expired = await part('leases', () => findExpiredLeases(db, limit))
    if (unavailable[0] !== undefined) throw unavailable[0] // no use in asking on
    // before the leases are closed, whose deliveries go first
    const released = await part('parked', () => unpark(db, parked))
    const interrupted = await part('expired leases', () =>
      retryDeadlock(() => closeExpiredLeases(db, expired, graceSeconds)),
    )
    const events = await part('events', () => sweepEvents(db, limit, late, graceSeconds))
    const ended = events.filter((event) => event.dispatched).map((event) => event.id)
    await part('expired events', async () => {
      await retryDeadlock(() => cancelExpired(db, ended))
      return []
    })
    const kept = await part('kept', () => sweepDeliveries(db, KEPT, limit, graceSeconds))
    const backlog = await part('backlog', () => sweepDeliveries(db, BROUGHT, broughtLimit, graceSeconds))
    return {
      eventIds: events.filter((event) => !event.dispatched).map((event) => event.id),
      lateEventIds: events.filter((event) => event.late).map((event) => event.id),
      deliveries: [...interrupted, ...brought(kept), ...released, ...brought(backlog)],
      letInIds: released.map((row) => row.deliveryId),
      interrupted: interrupted.length,
      full:
        [expired, kept, events.filter((event) => !event.late)].some((rows) => rows.length >= limit) ||
        events.filter((event) => event.late).length >= late,
      backlogFull: released.length >= parked || backlog.length >= broughtLimit,
      unavailable: unavailable.at(-1) ?? null,
    }
  }
}

/**
 * Scheduled events whose time has come become pending; pending ones are returned until they are dispatched, and
 * dispatched ones when they expire.
 */
async function sweepEvents(db: Db, limit: number, lateLimit: number, graceSeconds: number): Promise<SweptEvent[]> {
  return db.$queryRaw<SweptEvent[]>`
    WITH on_time AS (
      SELECT id, status, coalesce(deliver_at, created_at) AS due_at
      FROM events WHERE look_at <= now() AND status <> 'pending' ORDER BY look_at LIMIT ${limit} FOR UPDATE SKIP LOCKED
    ), late AS (
      SELECT id, status, coalesce(deliver_at, created_at) AS due_at
      FROM events WHERE look_at <= now() AND status = 'pending' ORDER BY look_at LIMIT ${lateLimit} FOR UPDATE SKIP LOCKED
    ), due AS (
      SELECT *, extract(epoch FROM now() - due_at)::float8 AS age
      FROM (SELECT * FROM on_time UNION ALL SELECT * FROM late) AS both_kinds
    )
    UPDATE events e SET
      status = CASE e.status WHEN 'dispatched' THEN e.status ELSE 'pending' END,
      look_at = now() + make_interval(secs => greatest(${graceSeconds}, least(due.age / 2, ${LONGEST_PAUSE_SECONDS})))
    FROM due WHERE e.id = due.id
    RETURNING e.id, e.status = 'dispatched' AS dispatched, due.status = 'pending' AS late`
}

interface SweptEvent {
  id: string
  dispatched: boolean
  /** it was pending already: its job is lost, or waits for its turn */
  late: boolean
}

/** Deliveries that no job is bringing, seen for the first time; a clause in the words of their index. */
const KEPT = Prisma.sql`look_at = next_attempt_at AND status IN ('pending', 'retrying')`
/** Those that a job should be bringing, which may only be waiting for its turn. */
const BROUGHT = Prisma.sql`look_at <> next_attempt_at AND status IN ('pending', 'retrying')`

/** Whether a row of KEPT goes to its endpoint's gate at once: others wait there for a limit already, and a job could only find that out. */
const JOINS_OTHERS = Prisma.sql`(
  EXISTS (
    SELECT FROM endpoints ep
    WHERE ep.id = due.endpoint_id AND (ep.max_concurrency IS NOT NULL OR ep.rate_limit IS NOT NULL) AND ep.ordering <> 'fifo'
  ) AND EXISTS (
    SELECT FROM deliveries other
    WHERE other.endpoint_id = due.endpoint_id AND other.look_at IS NULL AND other.status IN ('pending', 'retrying')
  )
)`

type SweptDelivery = DueDelivery & { parked: boolean }

function brought(swept: readonly SweptDelivery[]): DueDelivery[] {
  return swept.flatMap(({ parked, ...due }) => (parked ? [] : [due]))
}

/** Moves on what is pending or retrying, and due; of what the ledger keeps, a little before. */
async function sweepDeliveries(
  db: Db,
  which: Prisma.Sql,
  limit: number,
  graceSeconds: number,
): Promise<SweptDelivery[]> {
  const isKept = which === KEPT
  const parks = isKept ? JOINS_OTHERS : Prisma.sql`false`
  return db.$queryRaw<SweptDelivery[]>`
    WITH due AS (
      SELECT *, extract(epoch FROM now() - next_attempt_at)::float8 AS age,
             extract(epoch FROM look_at - next_attempt_at)::float8 - ${LONGEST_PAUSE_SECONDS} AS earlier_age
      FROM deliveries WHERE look_at <= now() + make_interval(secs => ${isKept ? AHEAD_SECONDS : 0}) AND ${which}
      ORDER BY look_at LIMIT ${limit} FOR UPDATE SKIP LOCKED
    ), placed AS MATERIALIZED (
      SELECT due.*, ${parks} AS parks FROM due
    )
    UPDATE deliveries d SET
      -- what is parked has no place at the gate
      fence = d.fence + due.parks::int,
      look_at = CASE WHEN NOT due.parks THEN
        now() + make_interval(secs => greatest(${graceSeconds}, least(due.age / 2, ${LONGEST_PAUSE_SECONDS})))
      END,
      round = d.round + (
        due.age >= ${NEW_ROUND_SECONDS}
        AND floor(log((due.age / ${NEW_ROUND_SECONDS})::numeric) / log(2.0))
          > floor(log((greatest(due.earlier_age, 1) / ${NEW_ROUND_SECONDS})::numeric) / log(2.0))
      )::int
    FROM placed due WHERE d.id = due.id AND (due.age >= 0 OR NOT due.parks)
    RETURNING d.id AS "deliveryId", d.round, d.tenant_id AS "tenantId", d.endpoint_id AS "endpointId",
              d.event_type AS "eventType", d.next_attempt_at AS "dueAt", d.trigger, d.look_at IS NULL AS parked`
}

/** Found by an index of their own, so that no backlog lies before them. */
async function findExpiredLeases(db: Db, limit: number): Promise<ExpiredLease[]> {
  return db.$queryRaw<ExpiredLease[]>`
    SELECT id AS "deliveryId", fence, attempt_count AS "attemptCount"
    FROM deliveries WHERE look_at <= now() AND status = 'delivering' ORDER BY look_at LIMIT ${limit}
    FOR UPDATE SKIP LOCKED`
}
