import type { Db } from './db.ts'

/**
 * Makes the daily partitions of today and of so many days ahead, where they are missing, and answers how many it made.
 * Safe when many call it at once. Without them rows go to the default partitions, and retention has to delete them one
 * by one.
 */
export async function ensurePartitions(db: Db, daysAhead: number): Promise<number> {
  const [row] = await db.$queryRaw<{ made: number }[]>`SELECT redrive_ensure_partitions(${daysAhead}::int) AS made`
  return row?.made ?? 0
}
