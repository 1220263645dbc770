import { Prisma } from '../generated/client.ts'

/** SQLSTATE classes in which the rows are at fault, not the database: data, integrity, program limits (a huge index key). */
const CLASSES_OF_BAD_ROWS = ['22', '23', '54']

/** Whether a unique index refused what the model API wrote. */
export function isUniqueViolation(error: unknown): boolean {
  return error instanceof Prisma.PrismaClientKnownRequestError && error.code === 'P2002'
}

/** What PostgreSQL has against the rows of a `$queryRaw`; null where the error is about anything else. */
export function badRowsMessage(error: unknown): string | null {
  if (!(error instanceof Prisma.PrismaClientKnownRequestError)) return null
  // Prisma types `meta` as unknown: this is what its PostgreSQL adapter puts there
  const driverError = error.meta?.['driverAdapterError'] as {
    cause?: { originalCode?: string; originalMessage?: string }
  }
  const { originalCode, originalMessage } = driverError.cause ?? {}
  const isBadRow = originalCode !== undefined && CLASSES_OF_BAD_ROWS.includes(originalCode.slice(0, 2))
  return isBadRow ? (originalMessage ?? 'The database refused the row') : null
}
