import { within } from './deadline.ts'
import { openRedis } from './redis.ts'
import { parseRedisUrl } from './redis-url.ts'
import type { NewJob, QueueBackend } from './types.ts'

/** More would only be connections. */
const MOST_SHARDS = 64
const LOOK_MS = 2_000

/** How many queues each lane is made of. PostgreSQL is one machine, however many queues it has. */
export function shardsOf(backend: QueueBackend): number {
  return backend.kind === 'redis' ? (backend.shards ?? 1) : 1
}

/** The one that a job belongs to: its endpoint's, so that the job of a delivery is found where it was put. */
export function shardOf({ id, payload }: NewJob, shards: number): number {
  if (shards === 1) return 0
  const key = 'endpointId' in payload ? payload.endpointId : id
  // both end in a UUID's random part
  return Number.parseInt(key.slice(-8), 16) % shards || 0
}

/** `{redrive}`, `{redrive:1}`, …: a hash tag for each, and the first the same however many there are. */
export function shardPrefix(prefix: string, shard: number): string {
  if (shard === 0) return prefix
  return prefix.endsWith('}') ? `${prefix.slice(0, -1)}:${String(shard)}}` : `${prefix}:${String(shard)}`
}

/**
 * The shards that workers have to look at: those that are configured, and those that a greater number has left behind, in
 * which there may still be jobs. Where Redis is away, the configured ones: the reconciler brings what the rest holds.
 */
export async function shardsToWork(backend: QueueBackend): Promise<number[]> {
  const configured = shardsOf(backend)
  const all = Array.from({ length: MOST_SHARDS }, (_, shard) => shard)
  if (backend.kind !== 'redis') return all.slice(0, configured)
  const client = openRedis(parseRedisUrl(backend.url), 'patient')
  client.on('error', () => undefined)
  try {
    const used = await within(
      LOOK_MS,
      Promise.all(all.map((shard) => client.exists(`${shardPrefix(backend.prefix, shard)}:deliver:meta`))),
    ).catch(() => [])
    return all.filter((shard) => shard < configured || used[shard] === 1)
  } finally {
    client.disconnect()
  }
}
