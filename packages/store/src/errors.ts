/** The database can't be reached, is starting, stopping or full, or did not answer in time. Worth trying again. */
export class StoreUnavailable extends Error {
  readonly code = 'store_unavailable'

  constructor(cause: unknown) {
    super('the database is not available', { cause })
    this.name = 'StoreUnavailable'
  }
}

export type MigrationErrorCode = 'newer_schema' | 'older_schema' | 'changed_migration' | 'failed_migration'

/** The database's schema and this release don't belong together, or a migration failed. The message says what to do. */
export class MigrationError extends Error {
  readonly code: MigrationErrorCode

  constructor(code: MigrationErrorCode, message: string, cause?: unknown) {
    super(message, { cause })
    this.name = 'MigrationError'
    this.code = code
  }
}

/** Rethrows what came out of the database client: trouble of connection or capacity as `StoreUnavailable`. */
export function rethrow(error: unknown): never {
  throw isUnavailable(error) ? new StoreUnavailable(error) : error
}

const PRISMA_CODES = new Set([
  'P1000',
  'P1001',
  'P1002',
  'P1003',
  'P1008',
  'P1010',
  'P1011',
  'P1017',
  'P2024',
  'P2028',
  'P2037',
])
const ADAPTER_KINDS = new Set([
  'DatabaseNotReachable',
  'ConnectionClosed',
  'SocketTimeout',
  'TlsConnectionError',
  'TooManyConnections',
  'AuthenticationFailed',
  'DatabaseAccessDenied',
  'DatabaseDoesNotExist',
])
// SQLSTATE: 08 connection, 53 resources, 57 operator intervention (57014 is the statement timeout), 58 system errors,
// 25P03 a transaction that stood still for too long,
// 25006 a server that has become a read-only replica.
const SQLSTATE = /^(?:08\w{3}|53\w{3}|57P\w{2}|57014|58\w{3}|25006|25P03)$/
const SOCKET_CODES = /^(?:ECONN\w+|ETIMEDOUT|EPIPE|ENOTFOUND|EAI_AGAIN|EHOSTUNREACH|ENETUNREACH|ENOENT)$/
// pg's own errors carry no code
const PG_MESSAGES =
  /Connection terminated|timeout exceeded when trying to connect|Query read timeout|Client has encountered a connection error|not queryable|Cannot use a pool after calling end/i

function isUnavailable(error: unknown, depth = 0): boolean {
  if (typeof error !== 'object' || error === null || depth > 4) return false
  const { code, originalCode, kind, message, cause, meta } = error as Record<string, unknown> // any property may be absent
  const codes = [code, originalCode].filter((value) => typeof value === 'string')
  if (codes.some((value) => PRISMA_CODES.has(value) || SQLSTATE.test(value) || SOCKET_CODES.test(value))) return true
  if (typeof kind === 'string' && ADAPTER_KINDS.has(kind)) return true
  if (typeof message === 'string' && PG_MESSAGES.test(message)) return true
  return (
    isUnavailable(cause, depth + 1) || isUnavailable(meta, depth + 1) || isUnavailable(driverError(error), depth + 1)
  )
}

function driverError(error: object): unknown {
  return 'driverAdapterError' in error ? error.driverAdapterError : undefined
}
