import { randomBytes } from 'node:crypto'
import { setTimeout as sleep } from 'node:timers/promises'
import type { Config, QueueConfig } from '@redrive/config'
import { findPostgres, type Platform } from '@redrive/embedded-postgres'
import { migrateQueue } from '@redrive/queue'
import type { Shutdown } from '@redrive/runtime'
import { migrate } from '@redrive/store'
import { openDataFolder } from './data-folder.ts'
import type { DataFolder } from './data-folder.ts'
import { codeOf } from './error-code.ts'
import { startEmbeddedPostgres } from './embedded-postgres.ts'
import { takeLock } from './lock.ts'
import { freePort, portTrouble } from './ports.ts'
import type { Processes } from './processes.ts'
import type { Screen } from './screen.ts'
import { startServices } from './services.ts'
import { showDemo } from './show-demo.ts'
import { StartError } from './start-error.ts'

export interface StartOptions {
  config: Config
  env: Record<string, string | undefined>
  /** the Node that runs this, and is to run the children */
  node: string
  machine: Platform
  processes: Processes
  screen: Screen
  shutdown: Shutdown
  /** aborted when the start is to be given up */
  signal: AbortSignal
}

const EMBEDDED_POOL_SIZE = 3
const LOCK_PATIENCE_MS = 60_000
const ORPHAN_PATIENCE_MS = 30_000

/**
 * Everything that `npm start` does, in order; what was started is registered with `shutdown` at once. Resolves when it
 * is up. README.md, "Run it".
 * @throws StartError for what the user can do something about
 */
export async function start(options: StartOptions): Promise<void> {
  const { config, machine, processes, screen, shutdown, signal } = options
  const folder = openDataFolder(config.dataDir, { asRoot: machine.uid === 0 })
  const lock = await takeLock(folder.path, processes, { patienceMs: LOCK_PATIENCE_MS })
  shutdown.add('lock', lock.release)
  signal.addEventListener('abort', lock.markStopping)

  const port = await choosePort(config, lock.healed)
  const { databaseUrl, queue } = await openDatabase(folder, options)
  signal.throwIfAborted()
  await screen.step('Preparing the database', () => prepareDatabase(databaseUrl, queue))
  signal.throwIfAborted()

  const operatorKey = config.security.operatorKey ?? folder.keep('operator-key', () => newKey('base64url'))
  const env = {
    ...options.env,
    ...(config.mode === 'standalone' ? standaloneEnv(config, folder, databaseUrl, operatorKey) : {}),
    PORT: String(port),
  }
  const baseUrl = `http://${reachableHost(config.http.host)}:${String(port)}`
  const report = screen.line
  const { worker } = await screen.step(
    'Starting one ingress and one worker',
    () => startServices({ ...options, env, baseUrl, dataFolder: folder.path, report }),
    () => 'One ingress and one worker are up',
  )
  await Promise.race([showDemo({ ...options, folder, baseUrl, operatorKey }), worker.failed])
  worker.ready()
}

async function openDatabase(
  folder: DataFolder,
  { config, machine, processes, screen, shutdown }: StartOptions,
): Promise<{ databaseUrl: string; queue: QueueConfig }> {
  if (config.database !== null) return { databaseUrl: config.database.url, queue: config.queue }
  const postgres = await screen.step('Starting PostgreSQL', () =>
    startEmbeddedPostgres({
      folder,
      programs: findPostgres(machine, folder.path),
      processes,
      report: screen.line,
    }),
  )
  shutdown.add('PostgreSQL', () => postgres.stop())
  const connectionString = postgres.url
  return { databaseUrl: connectionString, queue: { kind: 'postgres', connectionString, poolSize: EMBEDDED_POOL_SIZE } }
}

async function prepareDatabase(databaseUrl: string, queue: QueueConfig): Promise<void> {
  try {
    await migrate(databaseUrl)
    await migrateQueue(queue)
  } catch (error) {
    if (!(error instanceof Error) || codeOf(error) === undefined) throw error
    const given = queue.kind === 'redis' ? 'DATABASE_URL and REDIS_URL' : 'DATABASE_URL'
    throw new StartError(`Can't prepare the database: ${error.message} (check ${given})`, { cause: error })
  }
}

/** What the children need to know that the user did not have to. To them, this is a given PostgreSQL like any other. */
function standaloneEnv(
  config: Config,
  folder: DataFolder,
  databaseUrl: string,
  operatorKey: string,
): Record<string, string> {
  return {
    DATABASE_URL: databaseUrl,
    HOST: config.http.host,
    REDRIVE_OPERATOR_KEY: operatorKey,
    REDRIVE_ENCRYPTION_KEYS:
      config.security.encryptionKeys?.map((key) => key.toString('base64')).join(',') ??
      folder.keep('encryption-keys', () => newKey('base64')),
    DELIVERY_ALLOW_NETWORKS: config.delivery.allowNetworks.join(','),
    LOG_FORMAT: config.log.format,
  }
}

function newKey(encoding: 'base64' | 'base64url'): string {
  return randomBytes(32).toString(encoding)
}

/** The port to listen on, known to be free. One that a killed run's ingress still holds is waited for. */
async function choosePort({ http: { host, port } }: Config, afterKill: boolean): Promise<number> {
  if (port === 0) return freePort(host)
  const deadline = performance.now() + (afterKill ? ORPHAN_PATIENCE_MS : 0)
  for (;;) {
    const trouble = await portTrouble(host, port)
    if (trouble === null) return port
    if (trouble !== 'EADDRINUSE' || performance.now() >= deadline) throw portError(host, port, trouble)
    await sleep(100)
  }
}

function portError(host: string, port: number, trouble: string): StartError {
  switch (trouble) {
    case 'EADDRINUSE':
      return new StartError(
        `Port ${String(port)} is taken by another program: stop it, or choose another port, such as PORT=${String(port + 1)} npm start`,
      )
    case 'EACCES':
      return new StartError(`This user may not listen on port ${String(port)}: choose one from 1024 on with PORT.`)
    case 'EADDRNOTAVAIL':
    case 'ENOTFOUND':
      return new StartError(`HOST=${host} is no address of this machine: set HOST to one that is, or leave it out.`)
    default:
      return new StartError(`Can't listen on ${host}:${String(port)}: ${trouble}.`)
  }
}

/** Where this machine reaches a server that listens on that address. */
function reachableHost(host: string): string {
  if (host === '0.0.0.0') return '127.0.0.1'
  if (host === '::') return '[::1]'
  return host.includes(':') ? `[${host}]` : host
}
