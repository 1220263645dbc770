import { GATHER_MOST_MS, GATHER_MS } from '@redrive/core'
import type { Db } from '../db.ts'
import { Prisma } from '../generated/client.ts'
import { idBounds, retryDeadlock } from './statement.ts'

/**
 * Of identical calls for a manual retry one makes an attempt, however quickly that attempt ends: it waits for the calls
 * that are on their way, a while for the second one, and a second from each further one: from its first look, or from its
 * end if it looked before there was a retry to wait. All by the database's clock.
 */

/** Calls of one moment come apart by so many times what a look at the ledger takes. */
const LOOKS = 20
const LONGEST_MS = 1_000

/** How long a manual retry waits for further calls, where the call that asks for it has taken so long for its look. */
export function gatherMs(lookMs: number): number {
  return Math.round(Math.min(Math.max(GATHER_MS, lookMs * LOOKS), LONGEST_MS))
}

/** When a manual retry goes that is written now. */
export function gathered(ms: number): Prisma.Sql {
  return Prisma.sql`(now() + ${ms} * interval '1 ms')`
}

/** Of `d`elivery: what it waits for, or has just ceased to wait for, is a manual retry. */
export const GATHERS = Prisma.sql`(
  d.trigger = 'manual' AND d.next_attempt_at <= d.retried_at + ${GATHER_MOST_MS} * interval '1 ms'
)`

/** Of `d`elivery: a manual retry that several have asked for; it waits longer than its job does. */
export const EXTENDED = Prisma.sql`(
  ${GATHERS} AND d.next_attempt_at > d.retried_at + ${LONGEST_MS} * interval '1 ms'
)`

/**
 * Of `d`elivery: a manual retry has yet to begin, for which any further call counts as well. One that is parked past its
 * time waits for a gate that a person's call may pass.
 */
const UNBEGUN = Prisma.sql`(
  d.status IN ('pending', 'retrying') AND ${GATHERS} AND (d.next_attempt_at > now() OR d.look_at IS NOT NULL)
)`

/** What no `retried_at` is. */
export const NONE = '-infinity'

/**
 * What a call's first look finds of a `d`elivery: the `retried_at` after which this call may queue it, or `NONE`, where
 * it is being sent, or is to be by a manual retry. Whatever becomes of that one, this call makes no other.
 */
export const SEEN = Prisma.sql`(
  CASE WHEN d.status = 'delivering' OR ${UNBEGUN} THEN ${NONE}::timestamptz ELSE d.retried_at END
)`

/** So long a manual retry waits from each further call, and by more than `LONGEST_MS` from the first. */
const FURTHER_MS = 1_000
/** So little is not worth a write: of many calls at once few make one. */
const WORTH_MS = GATHER_MS / 5

/**
 * The update by which `these` deliveries `d` wait longer for further calls, where a manual retry of them has yet to begin.
 * What a worker has given back is looked for at its time, and goes.
 */
export function extending(these: Prisma.Sql): Prisma.Sql {
  const until = Prisma.sql`least(
    greatest(${gathered(FURTHER_MS)}, d.retried_at + ${LONGEST_MS + 1} * interval '1 ms'),
    d.retried_at + ${GATHER_MOST_MS} * interval '1 ms'
  )`
  return Prisma.sql`
    UPDATE deliveries d SET next_attempt_at = ${until}
    WHERE ${these} AND ${UNBEGUN} AND d.look_at IS DISTINCT FROM d.next_attempt_at
      AND d.next_attempt_at < ${until} - ${WORTH_MS} * interval '1 ms'`
}

/** For calls whose first look came before the retry that they repeat. */
export async function extend(db: Db, ids: readonly string[]): Promise<void> {
  const { first, last } = idBounds(ids)
  const these = Prisma.sql`d.id = ANY (${[...ids]}::uuid[]) AND d.id BETWEEN ${first}::uuid AND ${last}::uuid`
  await retryDeadlock(() => db.$executeRaw`${extending(these)}`)
}
