/** The queue's datastore did not take or answer in time. Nothing is lost by it: the ledger knows what is owed. */
export class QueueUnavailable extends Error {
  readonly code = 'queue_unavailable'

  constructor(what: string, cause: unknown) {
    super(`The queue's datastore ${what}: ${cause instanceof Error ? cause.message : String(cause)}`, { cause })
    this.name = 'QueueUnavailable'
  }
}

export type RefusalCode = 'redis_url' | 'redis_prefix' | 'redis_version' | 'redis_evicts' | 'schema_newer'

/** The queue's datastore is one that we must not run on; the message says what to change. */
export class QueueRefused extends Error {
  readonly code: RefusalCode

  constructor(code: RefusalCode, message: string, cause?: unknown) {
    super(message, { cause })
    this.name = 'QueueRefused'
    this.code = code
  }
}
