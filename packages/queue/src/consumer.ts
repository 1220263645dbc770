import { setTimeout as sleep } from 'node:timers/promises'
import type { QueueName } from '@redrive/contracts'
import type { Log } from '@redrive/runtime'
import { type IQueueBackend, type Job, Worker } from 'bullmq'
import { endsWithin } from './deadline.ts'
import { delayFromError, runJob } from './job.ts'
import { connect } from './link.ts'
import { watchOutage } from './outage.ts'
import { shardPrefix } from './shards.ts'
import type { QueueTelemetry } from './telemetry.ts'
import type { Consumer, JobHandler, QueueBackend } from './types.ts'

const PAUSE_MS = 1000
const IDLE_LOOK_SECONDS = 2
/** What aborted handlers get to return, and BullMQ to write it down. */
const LAST_WORDS_MS = 2000
/**
 * Renewed at half time, so a handler may last as long as it likes. A dead worker's job, or one whose claim was answered
 * into a broken connection, is another's after this and half of it again: about as long as the ledger's lease.
 */
const LOCK_MS = 15_000

class SteadyWorker extends Worker<unknown, void, string, IQueueBackend> {
  /** BullMQ asks again at once after most errors (read-only, out of memory, starting up): that would be a hot loop. */
  protected override async moveToActive(
    token: string,
    name?: string,
  ): ReturnType<Worker<unknown, void>['moveToActive']> {
    try {
      return await super.moveToActive(token, name)
    } catch (error) {
      if (!this.closing) await sleep(PAUSE_MS)
      throw error
    }
  }

  /** After an outage BullMQ may wait for an hour on PostgreSQL although jobs are there. An idle look costs next to nothing. */
  protected override getBlockTimeout(blockUntil: number): number {
    return Math.min(super.getBlockTimeout(blockUntil), IDLE_LOOK_SECONDS)
  }

  /** For when `close` does not end: renews no more locks, asks for no more jobs, and drops the connection. */
  async abandon(): Promise<void> {
    await this.pause(true)
    await this.lockManager.close()
    await this.backend.close(true)
  }
}

export interface ConsumerOptions<N extends QueueName> {
  backend: QueueBackend
  queue: N
  handler: JobHandler<N>
  concurrency: number
  /** which of the queues that the lane is made of; default the first */
  shard?: number
  log: Log
  telemetry?: QueueTelemetry | undefined
  /** told of each handler that threw: a bug */
  onError?(error: Error): void
}

/** Takes jobs of one queue, from now on and whenever its datastore is there, until it is closed. */
export function createConsumer<N extends QueueName>(options: ConsumerOptions<N>): Consumer {
  const { backend, queue, handler, concurrency, shard = 0, log, telemetry } = options
  const outage = watchOutage(log, { part: 'consumer', queue })
  const link = connect(backend, 'patient', outage.error)
  const stopping = new AbortController()
  const cutting = new AbortController()
  const stopped = (): boolean => stopping.signal.aborted
  const inHand = new Set<Promise<void>>()
  let worker: SteadyWorker | undefined
  let running = false

  const run = {
    backend: backend.kind,
    queue,
    handler,
    signal: cutting.signal,
    log,
    onError: (error: Error) => options.onError?.(error),
  }
  const take = (job: Job<unknown, void>): Promise<void> => {
    outage.over()
    const work = runJob(job, run)
    const handled = work.catch(() => undefined).finally(() => inHand.delete(handled))
    inHand.add(handled)
    return work
  }

  const openWorker = (): SteadyWorker => {
    const made = new SteadyWorker(
      queue,
      take,
      {
        connection: {},
        prefix: shardPrefix(link.prefix, shard),
        autorun: false,
        concurrency,
        lockDuration: LOCK_MS,
        stalledInterval: LOCK_MS / 2,
        // How often a delivery may be interrupted is the ledger's business.
        maxStalledCount: 1_000_000,
        runRetryDelay: PAUSE_MS,
        settings: { backoffStrategy: delayFromError },
        ...(telemetry && { telemetry }),
      },
      link.factory,
    )
    made.on('error', outage.error)
    return made
  }

  /** BullMQ remembers a failed start on PostgreSQL for ever: such a worker is thrown away and another one made. */
  async function start(): Promise<void> {
    while (!stopped()) {
      try {
        await link.ping()
        if (stopped()) return
        worker = openWorker()
        await worker.waitUntilReady()
        if (stopped()) return
        running = true
        outage.over()
        await worker.run()
        return
      } catch (error) {
        if (stopped()) return
        outage.error(error instanceof Error ? error : new Error(String(error)))
        await worker?.close(true)
        await sleep(PAUSE_MS, undefined, { signal: stopping.signal }).catch(() => undefined)
      }
    }
  }
  const started = start()

  async function close(graceMs: number): Promise<void> {
    stopping.abort()
    const closed = worker?.close(!running) ?? Promise.resolve()
    await endsWithin(graceMs, idle(inHand))
    cutting.abort()
    await endsWithin(LAST_WORDS_MS, idle(inHand))
    // A handler that never ends, or a datastore that is away: what it was not told, its lock's end tells.
    const ended = inHand.size === 0 && (await endsWithin(LAST_WORDS_MS, closed))
    if (!ended) await endsWithin(LAST_WORDS_MS, worker?.abandon() ?? closed)
    await link.close()
    await endsWithin(LAST_WORDS_MS, started)
  }
  let closing: Promise<void> | undefined
  return { close: (graceMs) => (closing ??= close(graceMs)) }
}

/** Resolves once nothing is in hand; what is taken meanwhile counts too. */
async function idle(inHand: ReadonlySet<Promise<void>>): Promise<void> {
  while (inHand.size > 0) await Promise.allSettled(inHand)
}
