import { once } from 'node:events'
import { createRedisBackend } from 'bullmq'
import { Cluster, Redis, type RedisOptions } from 'ioredis'
import { within } from './deadline.ts'
import { QueueRefused } from './errors.ts'
import type { Link, Temper } from './link.ts'
import { parseRedisUrl, type RedisTarget } from './redis-url.ts'
import type { QueueBackend } from './types.ts'

type RedisBackend = Extract<QueueBackend, { kind: 'redis' }>

/**
 * The server's own id is left at KEYS[1]. A server that does not find it there has been emptied, or was started or put
 * in its place since: what was given to the queue may be gone, or the last of it.
 */
const RUN_ID = `local id = string.match(redis.call('INFO', 'server'), 'run_id:(%x+)')`
const MARK = `${RUN_ID} redis.call('SET', KEYS[1], id)`
const IS_MARKED = `${RUN_ID} redis.call('SET', KEYS[2], id) return redis.call('GET', KEYS[1]) == id and 1 or 0`

/** How long a producer waits for its first connection. */
const HASTY_MS = 400
/** A Sentinel that takes the connection and says nothing is given up after this, and the next one asked. */
const SENTINEL_TIMEOUT_MS = 5000
/** Who is away for long is asked this often. */
const LONGEST_RECONNECT_MS = 500

export function linkRedis(backend: RedisBackend, temper: Temper, onError: (error: Error) => void): Link {
  const target = parseRedisUrl(backend.url)
  if (target.kind === 'cluster' && !/\{[^{}]+\}/.test(backend.prefix)) {
    throw new QueueRefused('redis_prefix', 'On Redis Cluster the queue’s prefix must hold a hash tag, like {redrive}.')
  }
  const client = openRedis(target, temper)
  if (client instanceof Redis) failBlockingReadsAtOnce(client)
  const endCopies = keepCopies(client)
  let closed = false
  client.on('error', onError)
  // Its members come and go with BullMQ's classes, one each.
  client.setMaxListeners(0)
  const key = (name: string): string => `${backend.prefix}:redrive:${name}`
  return {
    factory: (name, options, kind) => createRedisBackend(name, { ...options, connection: client }, kind),
    prefix: backend.prefix,
    async awake() {
      // Only the first connection is waited for: after it a client that is away rejects each command at once.
      if (!['connecting', 'connect'].includes(client.status)) return
      await within(HASTY_MS, once(client, 'ready'))
    },
    async ping() {
      await client.ping()
    },
    isMarked: async () => (await client.eval(IS_MARKED, 2, key('mark'), key('written'))) === 1,
    async mark() {
      await client.eval(MARK, 1, key('mark'))
    },
    close() {
      if (!closed) {
        closed = true
        client.disconnect()
        endCopies()
      }
      return Promise.resolve()
    },
  }
}

/**
 * BullMQ copies a consumer's client for its blocking reads. One that a broken connection cut short is to fail: ioredis
 * would send it again later, BullMQ has given it up by then, and it swallows the wake-up calls of the read behind it, so
 * that jobs are found by the idle looks only.
 */
function failBlockingReadsAtOnce(client: Redis): void {
  const duplicate = client.duplicate.bind(client)
  client.duplicate = (override) => duplicate({ ...override, maxRetriesPerRequest: 0 })
}

/**
 * Keeps the copies that are made of a client, and says how to end them for good: BullMQ's own end of one waits for a Redis
 * that may be away for long, and a copy that it was about to open again it opens after that too.
 */
function keepCopies(client: Redis | Cluster): () => void {
  const copies = new Set<Redis | Cluster>()
  let ended = false
  const duplicate = client.duplicate.bind(client) as (...given: unknown[]) => Redis | Cluster
  client.duplicate = ((...given: unknown[]) => {
    const copy = duplicate(...given)
    const open = (): void => {
      copies.add(copy)
      if (ended) copy.disconnect()
    }
    open()
    copy.on('connecting', open)
    copy.on('end', () => copies.delete(copy))
    // after BullMQ's own listener has gone it is nobody's concern
    copy.on('error', () => undefined)
    return copy
  }) as typeof client.duplicate
  return () => {
    ended = true
    for (const copy of copies) copy.disconnect()
  }
}

/** A client for what `REDIS_URL` names, which reconnects by itself for ever. */
export function openRedis(target: RedisTarget, temper: Temper): Redis | Cluster {
  const options = {
    connectTimeout: 5000,
    keepAlive: 10_000,
    reconnectOnError: afterFailover(),
    ...(temper === 'hasty'
      ? // what is not answered by then is rejected; whoever asked has stopped waiting before
        { maxRetriesPerRequest: 0, autoResendUnfulfilledCommands: false, socketTimeout: 5000 }
      : // Longer than a worker's blocking read, which lasts 10 s at most.
        { maxRetriesPerRequest: null, socketTimeout: 20_000 }),
  } satisfies RedisOptions
  const retryStrategy = (times: number): number => Math.min(times * 100, LONGEST_RECONNECT_MS)
  const enableOfflineQueue = temper === 'patient'
  if (target.kind === 'single') return new Redis(target.url, { ...options, retryStrategy, enableOfflineQueue })

  const { username, password } = target
  const access = {
    ...(username === undefined ? {} : { username }),
    ...(password === undefined ? {} : { password }),
    ...(target.tls ? { tls: {} } : {}),
  } satisfies RedisOptions
  if (target.kind === 'sentinel') {
    const { nodes: sentinels, master: name, db } = target
    const told = { sentinels, name, db, sentinelCommandTimeout: SENTINEL_TIMEOUT_MS }
    return new Redis({ ...options, ...access, ...told, retryStrategy, enableOfflineQueue })
  }
  return new Cluster(target.nodes, {
    clusterRetryStrategy: retryStrategy,
    enableOfflineQueue,
    // With TLS a node must be reached by the name in its certificate.
    ...(target.tls
      ? {
          dnsLookup: (address, done) => {
            done(null, address)
          },
        }
      : {}),
    redisOptions: { ...options, ...access },
  })
}

/** After a failover the old master may still be up, read-only: look for the new one, once for all commands it refused. */
function afterFailover(): (error: Error) => boolean {
  let looked = 0
  return (error) => {
    if (!error.message.startsWith('READONLY') || Date.now() - looked < 1000) return false
    looked = Date.now()
    return true
  }
}
