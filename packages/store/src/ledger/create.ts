import { type BreakerSettings, DEFAULT_BREAKER, type Sealer } from '@redrive/core'
import type { Log } from '@redrive/runtime'
import type { Db, Statements } from '../db.ts'
import type { Ledger } from '../ledger.ts'
import { createClaim } from './claim.ts'
import { createFanOut } from './fan-out.ts'
import { createLeaveLate } from './leave-late.ts'
import { createLetIn } from './let-in.ts'
import { openBreakers } from './open-breakers.ts'
import { oldestOwedSeconds } from './oldest-owed.ts'
import { createRecord } from './record.ts'
import { createRelease, createRenew } from './release.ts'
import { createSweep } from './sweep.ts'
import { createRecall, createUnbrought } from './unbrought.ts'

export interface LedgerOptions {
  /** whose sessions plan once, for what takes arrays of ids */
  batches: Statements
  /** opens endpoints' secrets and sensitive headers for sending */
  sealer: Sealer
  /** when breakers open; the default if absent */
  breaker?: BreakerSettings | undefined
  log: Log
}

export function createLedger(db: Db, options: LedgerOptions): Ledger {
  return {
    ...createFanOut(db, options),
    claim: createClaim(db, options),
    renew: createRenew(options.batches),
    leaveLate: createLeaveLate(options.batches),
    record: createRecord(options.batches, options.breaker ?? DEFAULT_BREAKER),
    release: createRelease(db),
    letIn: createLetIn(db, options),
    sweep: createSweep(db, options.log),
    unbrought: createUnbrought(db),
    recall: createRecall(db),
    oldestOwedSeconds: () => oldestOwedSeconds(db),
    openBreakers: () => openBreakers(db),
  }
}
