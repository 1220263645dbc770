import { Cluster } from 'ioredis'
import { within } from './deadline.ts'
import { QueueRefused, QueueUnavailable } from './errors.ts'
import { openRedis } from './redis.ts'
import { parseRedisUrl } from './redis-url.ts'

const OLDEST_REDIS = [6, 2] as const
const REDIS_TIMEOUT_MS = 5000

/**
 * Redis needs no tables, but must be recent enough and must never drop keys.
 * @throws QueueRefused, or QueueUnavailable if it does not answer
 */
export async function checkRedis(url: string): Promise<void> {
  const client = openRedis(parseRedisUrl(url), 'patient')
  let trouble: unknown = 'no connection'
  client.on('error', (error) => {
    trouble = error
  })
  const ask = async (): Promise<string[]> => {
    await client.ping()
    const nodes = client instanceof Cluster ? client.nodes('master') : [client]
    return Promise.all(nodes.map((node) => node.info()))
  }
  try {
    const infos = await within(REDIS_TIMEOUT_MS, ask()).catch((error: unknown) => {
      throw new QueueUnavailable('does not answer', trouble instanceof Error ? trouble : error)
    })
    infos.forEach(checkServer)
  } finally {
    client.disconnect()
  }
}

function checkServer(info: string): void {
  const field = (name: string): string => new RegExp(`^${name}:(.*?)\\r?$`, 'm').exec(info)?.[1] ?? ''
  const [major = 0, minor = 0] = field('redis_version').split('.').map(Number)
  if (major < OLDEST_REDIS[0] || (major === OLDEST_REDIS[0] && minor < OLDEST_REDIS[1])) {
    const message = `Redis ${field('redis_version')} is too old: use Redis ${OLDEST_REDIS.join('.')} or later, or Valkey.`
    throw new QueueRefused('redis_version', message)
  }
  const policy = field('maxmemory_policy')
  if (policy !== 'noeviction') {
    const message = `Redis would drop jobs when its memory is full (maxmemory-policy is ${policy}): set maxmemory-policy to noeviction.`
    throw new QueueRefused('redis_evicts', message)
  }
}
