import { familyRange } from '@redrive/core'
import { Prisma } from '../generated/client.ts'

/** How long a job is given to bring a delivery or an event before the reconciler looks at it. What a job is known not to bring is looked at at once. */
export const GRACE_SECONDS = 10

/** Below every id. */
export const NIL = '00000000-0000-0000-0000-000000000000'

/**
 * The range of ids in which the families of these ids lie. As parameters of a statement they keep PostgreSQL to the
 * partitions that hold them. It is no way to find rows, since there may be very many between two: beside it stand the ids.
 */
export function idBounds(ids: readonly string[]): { first: string; last: string } {
  const sorted = ids.map((id) => id.toLowerCase()).sort()
  return { first: familyRange(sorted[0] ?? NIL).first, last: familyRange(sorted.at(-1) ?? NIL).last }
}

const DEADLOCK_TRIES = 3

/**
 * Runs a statement again when PostgreSQL ended it as a deadlock's victim: nothing of it was written. Batches that touch
 * the same rows go in the order of ids, so this is rare.
 */
export async function retryDeadlock<T>(run: () => Promise<T>): Promise<T> {
  for (let tries = 1; ; tries++) {
    try {
      return await run()
    } catch (error) {
      if (tries === DEADLOCK_TRIES || !isDeadlock(error)) throw error
    }
  }
}

function isDeadlock(error: unknown): boolean {
  if (!(error instanceof Prisma.PrismaClientKnownRequestError)) return false
  // P2034 is Prisma's name for it; raw queries say P2010 with the database's code in their text
  return (
    error.code === 'P2034' || /40P01|TransactionWriteConflict/.test(error.message + JSON.stringify(error.meta ?? {}))
  )
}
