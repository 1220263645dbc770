import { fileURLToPath } from 'node:url'
import { migrateQueue } from '@redrive/queue'
import { migrate } from '@redrive/store'
import { eventually } from '@redrive/testkit/conditions'
import { freePort, startPrivatePostgres } from '@redrive/testkit/private-postgres'
import { startPrivateRedis } from '@redrive/testkit/redis'
import { startService } from '@redrive/testkit/service'

export const OPERATOR_KEY = 'operator-key-of-the-benchmarks-0123456789'

export interface Installation {
  url: string
  stop(): Promise<void>
}

const STOP_MS = 15_000

/** One ingress and two workers, each a process, with their datastores, as an operator would run them. */
export async function startInstallation(queue: 'postgres' | 'redis'): Promise<Installation> {
  const database = await startPrivatePostgres()
  const redis = queue === 'redis' ? await startPrivateRedis({ persistent: true }) : null
  await migrate(database.url)
  await migrateQueue(
    redis
      ? { kind: 'redis', url: redis.url, prefix: redis.prefix }
      : { kind: 'postgres', connectionString: database.url, poolSize: 1 },
  )
  const port = String(await freePort())
  const env = {
    DATABASE_URL: database.url,
    ...(redis && { REDIS_URL: redis.url }),
    REDRIVE_OPERATOR_KEY: OPERATOR_KEY,
    REDRIVE_ENCRYPTION_KEYS: Buffer.alloc(32, 7).toString('base64'),
    DELIVERY_ALLOW_NETWORKS: '127.0.0.0/8',
    SHUTDOWN_SECONDS: '5',
    LOG_LEVEL: 'error',
    HOST: '127.0.0.1',
    PORT: port,
  }
  const services = ['worker', 'worker', 'ingress'].map((app) =>
    startService(fileURLToPath(new URL(`../../apps/${app}/src/main.ts`, import.meta.url)), env),
  )
  const url = `http://127.0.0.1:${port}`
  const ready = async (): Promise<boolean> => {
    const answer = await fetch(`${url}/readyz`).catch(() => null)
    return answer?.ok === true
  }
  await eventually(ready, 'the ingress to be ready', 60_000)
  return {
    url,
    async stop() {
      for (const service of services) service.signal('SIGTERM')
      const late = setTimeout(() => {
        for (const service of services) service.signal('SIGKILL')
      }, STOP_MS)
      await Promise.all(services.map((service) => service.exited))
      clearTimeout(late)
      await Promise.all([database.stop(), redis?.stop()])
    },
  }
}
