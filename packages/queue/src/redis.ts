import { once } from 'node:events'
import { createRedisBackend } from 'bullmq'
import { Cluster, Redis, type RedisOptions } from 'ioredis'
import { QueueRefused } from './errors.ts'
import type { Link, Temper } from './link.ts'
import { parseRedisUrl, type RedisTarget } from './redis-url.ts'
import type { QueueBackend } from './types.ts'

type RedisBackend = Extract<QueueBackend, { kind: 'redis' }>

/** How long a producer waits for one answer of Redis, or for its first connection. */
const HASTY_MS = 400

export function linkRedis(backend: RedisBackend, temper: Temper, onError: (error: Error) => void): Link {
  const target = parseRedisUrl(backend.url)
  if (target.kind === 'cluster' && !/\{[^{}]+\}/.test(backend.prefix)) {
    throw new QueueRefused('redis_prefix', 'On Redis Cluster the queue’s prefix must hold a hash tag, like {redrive}.')
  }
  const client = openRedis(target, temper)
  client.on('error', onError)
  // Its members come and go with BullMQ's classes, one each.
  client.setMaxListeners(0)
  return {
    factory: (name, options, kind) => createRedisBackend(name, { ...options, connection: client }, kind),
    prefix: backend.prefix,
    async awake() {
      // Only the first connection is waited for: after it a client that is away rejects each command at once.
      if (!['connecting', 'connect'].includes(client.status)) return
      await once(client, 'ready', { signal: AbortSignal.timeout(HASTY_MS) })
    },
    async ping() {
      await client.ping()
    },
    close() {
      client.disconnect()
      return Promise.resolve()
    },
  }
}

/** A client for what `REDIS_URL` names, which reconnects by itself for ever. */
export function openRedis(target: RedisTarget, temper: Temper): Redis | Cluster {
  const options = {
    connectTimeout: 5000,
    keepAlive: 10_000,
    reconnectOnError: afterFailover(),
    ...(temper === 'hasty'
      ? { commandTimeout: HASTY_MS, maxRetriesPerRequest: 0, autoResendUnfulfilledCommands: false, socketTimeout: 5000 }
      : // Longer than a worker's blocking read, which lasts 10 s at most.
        { maxRetriesPerRequest: null, socketTimeout: 20_000 }),
  } satisfies RedisOptions
  const retryStrategy = (times: number): number => Math.min(times * 100, 2000)
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
    return new Redis({ ...options, ...access, sentinels, name, db, retryStrategy, enableOfflineQueue })
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
