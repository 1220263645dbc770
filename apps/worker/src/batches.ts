import { isSuccess } from '@redrive/core'
import { type Batcher, createBatcher } from '@redrive/runtime'
import {
  type AttemptResult,
  type Claim,
  type ClaimAnswer,
  type ClaimRequest,
  type Ledger,
  type Recorded,
  type Release,
  StoreUnavailable,
} from '@redrive/store'
import { shared, traced, type TraceParent, type Tracing } from '@redrive/tracing'
import { LEASE_SECONDS } from './leases.ts'

/** The ledger for one delivery at a time, each call riding with others that are in hand at the moment. */
export interface DeliveryLedger {
  claim(request: ClaimRequest): Promise<ClaimOutcome>
  /** Whether it may leave all the same, as one that counts from now on. */
  leaveLate(claim: Claim): Promise<boolean>
  /** `isGated`: others may wait at the endpoint until this is recorded */
  record(result: AttemptResult, isGated: boolean): Promise<Recorded>
  release(release: Release): Promise<void>
  /** Resolves when everything handed in has been answered. */
  close(): Promise<void>
}

type ClaimOutcome = Exclude<ClaimAnswer, { kind: 'gated' }>

/** What an item brings along if it is traced. */
interface Traced {
  trace?: TraceParent
}

const MAX_BATCH = 100
/** One round trip under way while the next batch forms. */
const MAX_UNDER_WAY = 2
/** Under load, what succeeded is recorded so much later at most, more of it together, unless somebody may wait for that. */
const GATHER_RECORDS_MS = 30

export function createDeliveryLedger(
  ledger: Pick<Ledger, 'claim' | 'leaveLate' | 'record' | 'release'>,
  tracing: Tracing,
): DeliveryLedger {
  /** One span for a batch, that all of its traces are linked to. */
  const inSpan = <Item, Result>(name: string, run: (items: Item[]) => Promise<Result[]>) => {
    if (!tracing.isOn) return run
    return (items: (Item & Traced)[]) =>
      traced(tracing, name, shared(items.map(({ trace }) => trace)), () => run(items))
  }
  const withTrace = <Item extends object>(item: Item): Item & Traced =>
    tracing.isOn ? { ...item, trace: tracing.active() } : item
  const claims = batcher<ClaimRequest, ClaimAnswer>(
    inSpan('claim deliveries', (requests) => ledger.claim(requests, LEASE_SECONDS, 'leave')),
  )
  // who has to ask at a gate waits for others that ask: nobody else waits for them
  const pastGates = batcher<ClaimRequest, ClaimOutcome>(
    inSpan('claim deliveries past gates', (requests) => ledger.claim(requests, LEASE_SECONDS).then(decided)),
  )
  const late = batcher<Claim, boolean>((claims) => ledger.leaveLate(claims))
  const recording = inSpan('record attempts', (results: AttemptResult[]) => ledger.record(results))
  const records = batcher(recording, MAX_UNDER_WAY, GATHER_RECORDS_MS)
  const urgent = batcher(recording)
  // a failure writes its endpoint's health, which others write who fail there: no success waits for their locks
  const failures = batcher(recording, 1)
  const releases = batcher<Release, null>(async (all) => {
    await ledger.release(all)
    return all.map(() => null)
  })
  return {
    claim: async (request) => {
      const answer = await claims.add(withTrace(request))
      return answer.kind === 'gated' ? pastGates.add(withTrace(request)) : answer
    },
    leaveLate: (claim) => late.add(claim),
    record: (result, isGated) => {
      const way = !isSuccess(result.outcome) ? failures : isGated ? urgent : records
      return way.add(withTrace(result))
    },
    release: async (release) => {
      await releases.add(release)
    },
    close: async () => {
      await claims.close()
      await Promise.all([pastGates, late, records, urgent, failures, releases].map((batches) => batches.close()))
    },
  }
}

/** Gates that were asked have decided. */
function decided(answers: readonly ClaimAnswer[]): ClaimOutcome[] {
  return answers.map((answer) => {
    if (answer.kind === 'gated') throw new Error('a gate was asked and did not decide')
    return answer
  })
}

function batcher<Item, Result>(
  run: (items: Item[]) => Promise<Result[]>,
  maxConcurrent = MAX_UNDER_WAY,
  gatherMs = 0,
): Batcher<Item, Result> {
  return createBatcher({
    run: (items) => isolatePoison(items, run),
    maxSize: MAX_BATCH,
    maxConcurrent,
    gatherMs,
  })
}

/** Where a batch fails because of one of its items, only that item's caller gets the error. */
async function isolatePoison<Item, Result>(
  items: Item[],
  run: (items: Item[]) => Promise<Result[]>,
): Promise<(Result | Error)[]> {
  try {
    return await run(items)
  } catch (error) {
    if (items.length === 1 || error instanceof StoreUnavailable) throw error
    const middle = items.length >> 1
    const halves = [items.slice(0, middle), items.slice(middle)]
    const answers = await Promise.all(halves.map((half) => isolatePoison(half, run).catch(toErrors(half.length))))
    return answers.flat()
  }
}

function toErrors(count: number): (error: unknown) => Error[] {
  return (error) => Array.from({ length: count }, () => (error instanceof Error ? error : new Error(String(error))))
}
