import { type BackendFactory, type IQueueBackend, Queue } from 'bullmq'
import type { QueueName } from '@redrive/contracts'
import { linkPostgres } from './postgres.ts'
import { linkRedis } from './redis.ts'
import { shardPrefix } from './shards.ts'
import type { QueueTelemetry } from './telemetry.ts'
import type { QueueBackend } from './types.ts'

/**
 * How a link behaves while its datastore is away: a `hasty` one fails at once (whoever enqueues has the ledger to fall
 * back on), a `patient` one waits for ever (a consumer has nothing better to do).
 */
export type Temper = 'hasty' | 'patient'

/** Our connection to the queue's datastore, under whichever BullMQ classes are made on it. */
export interface Link {
  /** what BullMQ's constructors take as their last argument; it brings the connection */
  factory: BackendFactory
  prefix: string
  /** Resolves when commands can be sent; a hasty link rejects soon. */
  awake(): Promise<void>
  ping(): Promise<void>
  /**
   * Writes, and so rejects where the datastore answers but takes nothing: a replica, or one whose memory is full.
   * Answers whether it is the one that was last marked, with what it held.
   */
  isMarked(): Promise<boolean>
  mark(): Promise<void>
  /** Ends the connection, whatever is still under way on it. */
  close(): Promise<void>
}

export type JobQueue = Queue<unknown, void, string, unknown, void, string, IQueueBackend>

export function connect(backend: QueueBackend, temper: Temper, onError: (error: Error) => void): Link {
  return backend.kind === 'postgres' ? linkPostgres(backend, temper, onError) : linkRedis(backend, temper, onError)
}

/** BullMQ's queue on a hasty link: no round trips of its own at the start, so that it can be made while Redis is away. */
export function openQueue(
  link: Link,
  { name, shard = 0 }: { name: QueueName; shard?: number },
  onError: (error: Error) => void,
  telemetry?: QueueTelemetry,
): JobQueue {
  const queue: JobQueue = new Queue(
    name,
    {
      connection: {},
      prefix: shardPrefix(link.prefix, shard),
      skipVersionCheck: true,
      skipWaitingForReady: true,
      streams: { events: { maxLen: 1000 } },
      ...(telemetry && { telemetry }),
    },
    link.factory,
  )
  queue.on('error', onError)
  return queue
}
