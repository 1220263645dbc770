import type { BreakerSettings, RetryPolicy, Sealer } from '@redrive/core'
import type { Log, PoolUse } from '@redrive/runtime'
import { openDb } from './db.ts'
import { createLedger } from './ledger/create.ts'
import { ensurePartitions } from './partitions.ts'
import { dropOldDays } from './retention.ts'
import type { Ledger } from './ledger.ts'
import type { Store } from './repositories.ts'
import { createApiKeys } from './repositories/api-keys.ts'
import { createAttempts } from './repositories/attempts.ts'
import { createBulkRetries } from './repositories/bulk-retries.ts'
import { createDeliveries } from './repositories/deliveries.ts'
import { createEndpoints } from './repositories/endpoints.ts'
import { createEvents } from './repositories/events.ts'
import { createIngest } from './repositories/ingest.ts'
import { createTenants } from './repositories/tenants.ts'

export interface StoreOptions {
  databaseUrl: string
  /** connections at most */
  poolSize: number
  /** connections for batches of publishing and of the ledger, beside them; as many if absent */
  batchPoolSize?: number
  /** how long one statement may take before the database counts as away; 15 s if absent */
  queryTimeoutMs?: number
  sealer: Sealer
  /** of endpoints that have none of their own */
  defaultRetryPolicy: RetryPolicy
  /** when endpoints' breakers open; the default if absent */
  breaker?: BreakerSettings
  log: Log
}

/** Repositories and ledger over a pool, and another for batches. They connect when first used. */
export function createStore(options: StoreOptions): Store & {
  ledger: Ledger
  /** Makes the partitions of today and of so many days ahead; answers how many it made. */
  ensurePartitions(daysAhead: number): Promise<number>
  /** Removes what is older than so many days and finished; answers how many days were dropped as a whole. */
  dropOldDays(days: number): Promise<number>
  /** of its connections */
  pool(): PoolUse
} {
  const { sealer, log } = options
  const common = {
    databaseUrl: options.databaseUrl,
    ...(options.queryTimeoutMs !== undefined && { queryTimeoutMs: options.queryTimeoutMs }),
    onIdleError: (error: Error) => {
      log.warn('a database connection broke while idle', { error })
    },
  }
  const { poolSize, batchPoolSize = poolSize } = options
  const main = openDb({ ...common, poolSize })
  const batches = openDb({ ...common, poolSize: batchPoolSize, plansOnce: true })
  const { db } = main
  return {
    tenants: createTenants(db),
    apiKeys: createApiKeys(db),
    endpoints: createEndpoints(db, sealer),
    events: createEvents(db, batches.db, options.defaultRetryPolicy),
    deliveries: createDeliveries(db, options.defaultRetryPolicy),
    attempts: createAttempts(db),
    ingest: createIngest(db),
    bulkRetries: createBulkRetries(db),
    ledger: createLedger(db, { batches: batches.db, sealer, log, breaker: options.breaker }),
    ensurePartitions: (daysAhead) => ensurePartitions(db, daysAhead),
    dropOldDays: (days) => dropOldDays(db, days),
    ping: async () => {
      await db.$queryRaw`SELECT 1`
    },
    pool: () => {
      const [one, other] = [main.pool(), batches.pool()]
      return { inUse: one.inUse + other.inUse, idle: one.idle + other.idle, waiting: one.waiting + other.waiting }
    },
    close: async () => {
      await Promise.all([main.close(), batches.close()])
    },
  }
}
