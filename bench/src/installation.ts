import { execFile } from 'node:child_process'
import { fileURLToPath } from 'node:url'
import { promisify } from 'node:util'
import { migrateQueue } from '@redrive/queue'
import { migrate } from '@redrive/store'
import { eventually } from '@redrive/testkit/conditions'
import { freePort, type PrivatePostgres, startPrivatePostgres } from '@redrive/testkit/private-postgres'
import { type PrivateRedis, startPrivateRedis } from '@redrive/testkit/redis'
import { type Service, startService } from '@redrive/testkit/service'

export const OPERATOR_KEY = 'operator-key-of-the-benchmarks-0123456789'

export interface InstallationOptions {
  queue: 'postgres' | 'redis'
  ingresses: number
  workers: number
  /** default: got */
  transport?: 'got' | 'undici'
}

/** Ingresses and workers, each a process, with their datastores, as an operator would run them. */
export interface Installation {
  /** of the ingresses */
  urls: string[]
  database: PrivatePostgres
  /** null where the queue is in PostgreSQL */
  redis: PrivateRedis | null
  ingresses: Service[]
  workers: Service[]
  /** Changes how many workers there are. */
  runWorkers(count: number): Promise<void>
  stop(): Promise<void>
}

const STOP_MS = 15_000
const START_MS = 60_000
/** It keeps its promises (fsync), and what a statement costs is counted. The rest is as an operator of 2 cores sets it. */
const POSTGRES = [
  'fsync=on',
  'full_page_writes=on',
  'shared_buffers=1GB',
  'max_wal_size=8GB',
  'shared_preload_libraries=pg_stat_statements',
]

export async function startInstallation(options: InstallationOptions): Promise<Installation> {
  const database = await startPrivatePostgres({ settings: POSTGRES })
  await database.query('CREATE EXTENSION pg_stat_statements')
  const redis = options.queue === 'redis' ? await startPrivateRedis({ persistent: true }) : null
  await migrate(database.url)
  await migrateQueue(
    redis
      ? { kind: 'redis', url: redis.url, prefix: redis.prefix }
      : { kind: 'postgres', connectionString: database.url, poolSize: 1 },
  )
  const env = {
    DATABASE_URL: database.url,
    ...(redis && { REDIS_URL: redis.url }),
    REDRIVE_OPERATOR_KEY: OPERATOR_KEY,
    REDRIVE_ENCRYPTION_KEYS: Buffer.alloc(32, 7).toString('base64'),
    DELIVERY_ALLOW_NETWORKS: '127.0.0.0/8',
    SHUTDOWN_SECONDS: '5',
    LOG_LEVEL: 'error',
    DELIVERY_TRANSPORT: options.transport ?? 'got',
    HOST: '127.0.0.1',
  }
  const start = (app: 'ingress' | 'worker', own: Record<string, string> = {}): Service =>
    startService(fileURLToPath(new URL(`../../apps/${app}/src/main.ts`, import.meta.url)), { ...env, ...own })
  const startWorker = async (): Promise<Service> => {
    const probePort = String(await freePort())
    const worker = start('worker', { WORKER_PROBE_PORT: probePort })
    try {
      await ready(`http://127.0.0.1:${probePort}`)
    } catch (error) {
      await end([worker])
      throw new Error(`a worker did not start; it said:\n${worker.lines.slice(-10).join('\n')}`, { cause: error })
    }
    return worker
  }

  const ports = await Promise.all(Array.from({ length: options.ingresses }, freePort))
  const urls = ports.map((port) => `http://127.0.0.1:${String(port)}`)
  const ingresses = ports.map((port) => start('ingress', { PORT: String(port) }))
  const workers: Service[] = []
  const installation: Installation = {
    urls,
    database,
    redis,
    ingresses,
    workers,
    async runWorkers(count) {
      await end(workers.splice(count))
      while (workers.length < count) workers.push(await startWorker())
    },
    async stop() {
      await end([...ingresses, ...workers])
      await Promise.all([database.stop(), redis?.stop()])
    },
  }
  try {
    await installation.runWorkers(options.workers)
    await Promise.all(urls.map(ready))
  } catch (error) {
    await installation.stop()
    throw error
  }
  return installation
}

/**
 * Does now what earlier load has left to be done, so that a window after it does not have it by chance: autovacuum, after
 * which all sessions plan anew, and hundreds of megabytes that the system has yet to write to the disk. What follows should
 * warm up first.
 */
export async function settleDatabase({ database }: Installation): Promise<void> {
  await database.query('VACUUM (ANALYZE)')
  await promisify(execFile)('sync')
}

async function ready(url: string): Promise<void> {
  const isReady = async (): Promise<boolean> => {
    const answer = await fetch(`${url}/readyz`).catch(() => null)
    return answer?.ok === true
  }
  await eventually(isReady, `${url} to be ready`, START_MS)
}

async function end(services: readonly Service[]): Promise<void> {
  for (const service of services) service.signal('SIGTERM')
  const late = setTimeout(() => {
    for (const service of services) service.signal('SIGKILL')
  }, STOP_MS)
  await Promise.all(services.map((service) => service.exited))
  clearTimeout(late)
}
