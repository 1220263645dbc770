import pg from 'pg'
import { Prisma } from '../generated/client.ts'

/** SQLSTATE classes in which the rows are at fault, not the database: data, integrity, program limits (a huge index key). */
const CLASSES_OF_BAD_ROWS = ['22', '23', '54']

/** Whether a unique index refused what the model API wrote. */
export function isUniqueViolation(error: unknown): boolean {
  return error instanceof Prisma.PrismaClientKnownRequestError && error.code === 'P2002'
}

/** What PostgreSQL has against the rows of a batch; null where the error is about anything else. */
export function badRowsMessage(error: unknown): string | null {
  if (!(error instanceof pg.DatabaseError)) return null
  return CLASSES_OF_BAD_ROWS.includes(error.code?.slice(0, 2) ?? '') ? error.message : null
}
