import type { Db } from '../db.ts'

/** `look_at` of what is due lies at most so far ahead: the reconciler's longest pause. */
const AHEAD_SECONDS = 60
/** Rows that are looked at: enough for a true figure in all but a huge backlog, where it is the oldest of a sample. */
const SAMPLE = 10_000

export async function oldestOwedSeconds(db: Db): Promise<number> {
  const [row] = await db.$queryRaw<{ seconds: number }[]>`
    SELECT greatest(0, extract(epoch FROM now() - min(due_at)))::float8 AS seconds FROM (
      (
        SELECT next_attempt_at AS due_at FROM (
          SELECT status, next_attempt_at FROM deliveries
          WHERE look_at <= now() + make_interval(secs => ${AHEAD_SECONDS}) ORDER BY look_at LIMIT ${SAMPLE}
        ) d
        WHERE status IN ('pending', 'retrying')
      )
      UNION ALL
      (
        SELECT look_at FROM deliveries WHERE look_at <= now() AND status = 'delivering' ORDER BY look_at LIMIT 1
      )
      UNION ALL
      (
        SELECT coalesce(deliver_at, created_at) FROM events
        WHERE look_at <= now() + make_interval(secs => ${AHEAD_SECONDS}) AND status <> 'dispatched'
        ORDER BY look_at LIMIT ${SAMPLE}
      )
    ) due`
  return row?.seconds ?? 0
}
