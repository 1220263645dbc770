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
/** Who is away for long is asked this often. */
const LONGEST_RECONNECT_MS = 500

export function linkRedis(backend: RedisBackend, temper: Temper, onError: (error: Error) => void): Link {
  const target = parseRedisUrl(backend.url)
  if (target.kind === 'cluster' && !/\{[^{}]+\}/.test(backend.prefix)) {
    throw new QueueRefused('redis_prefix', 'On Redis Cluster the queue’s prefix must hold a hash tag, like {redrive}.')
  }
  const client = openRedis(target, temper)
  const copies = client instanceof Redis ? copiesFailingAtOnce(client) : copiesOf(client)
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
      // BullMQ's own end of a copy waits for a Redis that may be away for long
      for (const connection of [client, ...copies]) if (connection.status !== 'end') connection.disconnect()
      return Promise.resolve()
    },
  }
}

/**
 * BullMQ copies a consumer's client for its blocking reads. One that a broken connection cut short is to fail: ioredis
 * would send it again later, BullMQ has given it up by then, and it swallows the wake-up calls of the read behind it, so
 * that jobs are found by the idle looks only.
 */
function copiesFailingAtOnce(client: Redis): ReadonlySet<Redis> {
  const duplicate = client.duplicate.bind(client)
  client.duplicate = (override) => duplicate({ ...override, maxRetriesPerRequest: 0 })
  return copiesOf(client)
}

/** The copies that are made of it from now on, until they have ended. */
function copiesOf<Client extends Redis | Cluster>(client: Client): ReadonlySet<Client> {
  const copies = new Set<Client>()
  const duplicate = client.duplicate.bind(client) as (...given: unknown[]) => Client
  client.duplicate = ((...given: unknown[]) => {
    const copy = duplicate(...given)
    copies.add(copy)
    copy.once('end', () => copies.delete(copy))
    return copy
  }) as Client['duplicate']
  return copies
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
