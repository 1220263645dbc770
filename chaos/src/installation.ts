import { fileURLToPath } from 'node:url'
import { migrateQueue } from '@redrive/queue'
import { migrate } from '@redrive/store'
import { startFaultProxy, type FaultProxy } from '@redrive/testkit/fault-proxy'
import { freePort, type PrivatePostgres, startPrivatePostgres } from '@redrive/testkit/private-postgres'
import { type PrivateRedis, startPrivateRedis } from '@redrive/testkit/redis'
import { type Service, startService } from '@redrive/testkit/service'

export const OPERATOR_KEY = 'operator-key-of-the-chaos-run-0123456789'

/** A process of the installation that is started again, with the same settings, whenever it has been stopped. */
export interface Member {
  name: string
  service: Service
  start(): void
  /** what it and its predecessors logged as errors, and their crashes: bugs, since outages are none */
  errors(): string[]
  /** Resolves once it works. */
  up(): Promise<void>
}

export interface Ingress extends Member {
  url: string
}

/** Two ingresses and three workers as an operator would run them, their datastores behind proxies that can be broken. */
export interface Installation {
  ingresses: Ingress[]
  workers: Member[]
  database: PrivatePostgres
  databaseProxy: FaultProxy
  /** null where the queue is in PostgreSQL */
  redis: { server: PrivateRedis; proxy: FaultProxy } | null
  /** FLUSHALL, or the deletion of all jobs */
  emptyQueue(): Promise<void>
  stop(): Promise<void>
}

const INGRESSES = 2
const WORKERS = 3
const STOP_MS = 20_000
const START_MS = 60_000
const LAST_WORDS = 40

export async function startInstallation(options: { redis: boolean }): Promise<Installation> {
  const database = await startPrivatePostgres()
  const databaseProxy = await startFaultProxy({ port: database.port })
  const server = options.redis ? await startPrivateRedis({ persistent: true }) : null
  const redis = server && { server, proxy: await startFaultProxy({ port: server.port }) }
  await migrate(database.url)
  await migrateQueue(
    server
      ? { kind: 'redis', url: server.url, prefix: server.prefix }
      : { kind: 'postgres', connectionString: database.url, poolSize: 1 },
  )

  const proxied = new URL(database.url)
  proxied.port = String(databaseProxy.port)
  const env = {
    DATABASE_URL: proxied.href,
    ...(redis && { REDIS_URL: `redis://127.0.0.1:${String(redis.proxy.port)}` }),
    REDRIVE_OPERATOR_KEY: OPERATOR_KEY,
    REDRIVE_ENCRYPTION_KEYS: Buffer.alloc(32, 7).toString('base64'),
    DELIVERY_ALLOW_NETWORKS: '127.0.0.0/8',
    WORKER_CONCURRENCY: '32',
    SHUTDOWN_SECONDS: '10',
    HOST: '127.0.0.1',
  }
  const ingresses = await Promise.all(
    Array.from({ length: INGRESSES }, async (_, index): Promise<Ingress> => {
      const port = String(await freePort())
      const member = createMember(`ingress ${String(index + 1)}`, 'ingress', { ...env, PORT: port })
      return Object.assign(member, { url: `http://127.0.0.1:${port}` })
    }),
  )
  const workers = Array.from({ length: WORKERS }, (_, index) =>
    createMember(`worker ${String(index + 1)}`, 'worker', env),
  )
  const members = [...workers, ...ingresses]
  const installation: Installation = {
    ingresses,
    workers,
    database,
    databaseProxy,
    redis,
    async emptyQueue() {
      if (redis) await redis.server.empty()
      else await database.query('DELETE FROM bullmq.job')
    },
    async stop() {
      for (const { service } of members) service.signal('SIGTERM')
      const late = setTimeout(() => {
        for (const { service } of members) service.signal('SIGKILL')
      }, STOP_MS)
      await Promise.all(members.map(({ service }) => service.exited))
      clearTimeout(late)
      await Promise.all([databaseProxy.close(), redis?.proxy.close()])
      await Promise.all([database.stop(), redis?.server.stop()])
    },
  }
  try {
    await Promise.all(members.map((member) => member.up()))
  } catch (error) {
    await installation.stop()
    throw error
  }
  return installation
}

function createMember(name: string, app: 'ingress' | 'worker', env: Record<string, string>): Member {
  const main = fileURLToPath(new URL(`../../apps/${app}/src/main.ts`, import.meta.url))
  const all: Service[] = []
  const crashes: string[] = []
  const launch = (): Service => {
    const service = startService(main, env)
    all.push(service)
    void service.exited.then((code) => {
      // a signal leaves null, and who is told to stop leaves 0
      if (code)
        crashes.push(`${name} ended with ${String(code)}; it said:\n${service.lines.slice(-LAST_WORDS).join('\n')}`)
    })
    return service
  }
  const member: Member = {
    name,
    service: launch(),
    start() {
      member.service = launch()
    },
    errors: () => [...crashes, ...all.flatMap(({ lines }) => lines.filter((line) => line.includes('"level":"error"')))],
    up: () => member.service.says(app === 'ingress' ? '"listening"' : '"working"', START_MS),
  }
  return member
}
