import { QueueRefused } from './errors.ts'

interface RedisNode {
  host: string
  port: number
}

interface Access {
  tls: boolean
  username?: string
  password?: string
}

/** Where a `REDIS_URL` points. */
export type RedisTarget =
  | { kind: 'single'; url: string }
  | ({ kind: 'sentinel'; nodes: RedisNode[]; master: string; db: number } & Access)
  | ({ kind: 'cluster'; nodes: RedisNode[] } & Access)

const MANY =
  /^redis(?<tls>s?)\+(?<kind>sentinel|cluster):\/\/(?:(?<user>[^:@/]*)(?::(?<password>[^@/]*))?@)?(?<nodes>[^/]+)(?:\/(?<path>.*))?$/
const DEFAULT_PORT = { sentinel: 26_379, cluster: 6379 }

/** Reads a `REDIS_URL`; the messages of its errors never contain the URL, which may hold a password. */
export function parseRedisUrl(url: string): RedisTarget {
  if (/^rediss?:\/\/[^/]/.test(url) && URL.canParse(url)) return { kind: 'single', url }
  const parts = MANY.exec(url)?.groups
  if (parts === undefined) throw wrong('it must start with redis://, rediss://, redis+sentinel:// or redis+cluster://')
  const access: Access = { tls: parts['tls'] === 's' }
  if (parts['user']) access.username = decodeURIComponent(parts['user'])
  if (parts['password']) access.password = decodeURIComponent(parts['password'])
  const kind = parts['kind'] === 'sentinel' ? 'sentinel' : 'cluster'
  const nodes = (parts['nodes'] ?? '').split(',').map((node) => parseNode(node, DEFAULT_PORT[kind]))
  if (kind === 'cluster') return { kind, nodes, ...access }

  const [master = '', db = '0'] = (parts['path'] ?? '').split('/')
  if (master === '') throw wrong('redis+sentinel:// needs the master’s name: redis+sentinel://host:26379/mymaster')
  if (!/^\d+$/.test(db)) throw wrong('the database number after the master’s name must be an integer')
  return { kind, nodes, master: decodeURIComponent(master), db: Number(db), ...access }
}

function parseNode(text: string, defaultPort: number): RedisNode {
  const node = /^(?<host>\[[0-9a-fA-F:.]+\]|[^:[\]]+)(?::(?<port>\d{1,5}))?$/.exec(text)?.groups
  if (node?.['host'] === undefined) throw wrong('its hosts must be a list like host1:6379,host2:6379')
  return { host: node['host'].replace(/^\[|\]$/g, ''), port: Number(node['port'] ?? defaultPort) }
}

function wrong(why: string): QueueRefused {
  return new QueueRefused('redis_url', `REDIS_URL can't be used: ${why}`)
}
