/**
 * Real Redis for tests: a private redis-server from the PATH that a test may kill, pause and start again, or, where there
 * is none, the one at REDIS_URL under a prefix of one's own.
 */
import { type ChildProcess, execFile, spawn } from 'node:child_process'
import { randomUUID } from 'node:crypto'
import { once } from 'node:events'
import { existsSync } from 'node:fs'
import { mkdtemp, readFile, rm, writeFile } from 'node:fs/promises'
import { connect, createServer } from 'node:net'
import { tmpdir } from 'node:os'
import { delimiter, join } from 'node:path'
import { endWithUs } from './guardian.ts'
import { promisify } from 'node:util'
import { createTestDatabase } from './postgres.ts'
import { isRecorded, note } from './run-record.ts'

const run = promisify(execFile)

export interface TestRedis {
  url: string
  /** of the queue's keys, this test file's own */
  prefix: string
  stop: () => Promise<void>
}

export interface PrivateRedis extends TestRedis {
  port: number
  /** Ends the server and waits until it is gone. */
  kill(signal?: 'SIGKILL' | 'SIGTERM'): Promise<void>
  /** Starts it again on the same port: with its data if `persistent`, else empty. */
  restart(): Promise<void>
  /** Stops the process in its tracks: connections stay open, nothing answers. */
  pause(): void
  resume(): void
  /** FLUSHALL */
  empty(): Promise<void>
  /** Any command that is answered with OK, like `command('CONFIG', 'SET', 'maxmemory', '1')`. */
  command(...words: string[]): Promise<void>
}

export function redisAvailable(): boolean {
  return process.env['REDIS_URL'] !== undefined || redisServer() !== undefined
}

/** Redis at REDIS_URL if that is set, else a private one. */
export async function startRedis(): Promise<TestRedis> {
  const url = process.env['REDIS_URL']
  if (url === undefined) return startPrivateRedis()
  return { url, prefix: randomPrefix(), stop: () => Promise.resolve() }
}

/** A redis-server of one's own on a free loopback port. `settings` are its command line, like `{maxmemory: '2mb'}`. */
export async function startPrivateRedis(
  options: { persistent?: boolean; settings?: Record<string, string> } = {},
): Promise<PrivateRedis> {
  const binary = redisServer()
  if (binary === undefined) throw new Error('this test needs redis-server on the PATH')
  const folder = await mkdtemp(join(tmpdir(), 'redrive-test-redis-'))
  const port = await freePort()
  const settings = {
    port: String(port),
    bind: '127.0.0.1',
    dir: folder,
    save: '',
    rdbcompression: 'no',
    appendonly: options.persistent === true ? 'yes' : 'no',
    ...options.settings,
  }
  const parameters = Object.entries(settings).flatMap(([name, value]) => [`--${name}`, value])
  let server = await launch(binary, parameters, folder)

  const isRunning = (): boolean => server.exitCode === null && server.signalCode === null

  async function kill(signal: 'SIGKILL' | 'SIGTERM' = 'SIGKILL'): Promise<void> {
    if (!isRunning()) return
    const gone = once(server, 'exit')
    server.kill(signal)
    // A paused process takes notice of SIGTERM only when it goes on.
    server.kill('SIGCONT')
    await gone
  }

  async function command(...words: string[]): Promise<void> {
    const socket = connect(port, '127.0.0.1')
    socket.end(`${words.join(' ')}\r\n`)
    const [answer] = (await once(socket, 'data')) as [Buffer] // a socket without an encoding yields Buffers
    const said = answer.toString()
    if (!said.startsWith('+OK')) throw new Error(`Redis answered ${words.join(' ')} with ${said}`)
  }

  /** Every key with its value, for the search at the run's end. */
  async function noteKeys(): Promise<void> {
    server.kill('SIGCONT')
    // one with a password does not know whoever says this
    if ('requirepass' in settings) return
    await command('SAVE')
    note('redis', await readFile(join(settings.dir, 'dump.rdb'), 'latin1'))
  }

  return {
    url: `redis://127.0.0.1:${String(port)}`,
    prefix: randomPrefix(),
    port,
    kill,
    async restart() {
      await kill()
      server = await launch(binary, parameters, folder)
    },
    pause() {
      server.kill('SIGSTOP')
    },
    resume() {
      server.kill('SIGCONT')
    },
    empty: () => command('FLUSHALL'),
    command,
    async stop() {
      try {
        if (isRecorded() && isRunning()) await noteKeys()
      } finally {
        await kill()
        await rm(folder, { recursive: true, force: true })
      }
    },
  }
}

/** A Redis Cluster of so many masters, made as people make one. */
export async function startRedisCluster(
  masters = 3,
): Promise<{ url: string; nodes: PrivateRedis[]; stop: () => Promise<void> }> {
  const nodes: PrivateRedis[] = []
  for (let made = 0; made < masters; made++) {
    // the usual port of its bus would be 10,000 higher, which there may not be
    const settings = {
      'cluster-enabled': 'yes',
      'cluster-announce-ip': '127.0.0.1',
      'cluster-port': String(await freePort()),
      'cluster-node-timeout': '2000',
    }
    nodes.push(await startPrivateRedis({ settings }))
  }
  const hosts = nodes.map(({ port }) => `127.0.0.1:${String(port)}`)
  await run('redis-cli', ['--cluster', 'create', ...hosts, '--cluster-yes'])
  return {
    url: `redis+cluster://${hosts.join(',')}`,
    nodes,
    stop: async () => {
      await Promise.all(nodes.map((node) => node.stop()))
    },
  }
}

export interface RedisSentinel {
  url: string
  /** the one that began as master, and the one that takes over */
  master: PrivateRedis
  replica: PrivateRedis
  stop: () => Promise<void>
}

/** A master with a replica, and one Sentinel that is enough to let the replica take over within a second or two. */
export async function startRedisSentinel(): Promise<RedisSentinel> {
  const master = await startPrivateRedis()
  const replica = await startPrivateRedis({
    settings: { replicaof: `127.0.0.1 ${String(master.port)}`, 'repl-diskless-sync-delay': '0' },
  })
  const folder = await mkdtemp(join(tmpdir(), 'redrive-test-sentinel-'))
  const port = await freePort()
  const file = join(folder, 'sentinel.conf')
  await writeFile(
    file,
    [
      `port ${String(port)}`,
      'bind 127.0.0.1',
      `dir ${folder}`,
      `sentinel monitor ours 127.0.0.1 ${String(master.port)} 1`,
      'sentinel down-after-milliseconds ours 1000',
      'sentinel failover-timeout ours 5000',
      '',
    ].join('\n'),
  )
  const binary = redisServer() ?? ''
  const sentinel = await launch(binary, [file, '--sentinel'], folder, 'Sentinel ID is')
  return {
    url: `redis+sentinel://127.0.0.1:${String(port)}/ours`,
    master,
    replica,
    async stop() {
      const gone = once(sentinel, 'exit')
      sentinel.kill('SIGKILL')
      await gone
      await Promise.all([master.stop(), replica.stop()])
      await rm(folder, { recursive: true, force: true })
    },
  }
}

/** What the queue runs on in a test; fits the type QueueBackend of packages/queue. */
export type TestBackend =
  { kind: 'postgres'; connectionString: string; poolSize: number } | { kind: 'redis'; url: string; prefix: string }

export interface BackendUnderTest {
  name: TestBackend['kind']
  start: () => Promise<{ backend: TestBackend; stop: () => Promise<void> }>
}

/**
 * Both of the queue's backends, for `describe.each`. Where there is no Redis, a developer's run says so and leaves its
 * half out; under CI that half fails.
 */
export function backendsUnderTest(): BackendUnderTest[] {
  const backends: BackendUnderTest[] = [{ name: 'postgres', start: startPostgresBackend }]
  if (redisAvailable() || process.env['CI'] === 'true') backends.push({ name: 'redis', start: startRedisBackend })
  else process.stderr.write('NOT TESTED: the Redis half (no redis-server on the PATH, and REDIS_URL is not set)\n')
  return backends
}

async function startPostgresBackend(): ReturnType<BackendUnderTest['start']> {
  const database = await createTestDatabase()
  return {
    backend: { kind: 'postgres', connectionString: database.url, poolSize: 3 },
    stop: () => database.drop(),
  }
}

async function startRedisBackend(): ReturnType<BackendUnderTest['start']> {
  const { url, prefix, stop } = await startRedis()
  return { backend: { kind: 'redis', url, prefix }, stop }
}

async function launch(
  binary: string,
  parameters: readonly string[],
  folder: string,
  readyWhen = 'Ready to accept connections',
): Promise<ChildProcess> {
  const server = spawn(binary, parameters, { stdio: ['ignore', 'pipe', 'inherit'] })
  endWithUs(server, { folder })
  let said = ''
  const ready = new Promise<void>((resolve, reject) => {
    server.stdout.on('data', (chunk: Buffer) => {
      said += chunk.toString()
      if (said.includes(readyWhen)) resolve()
    })
    server.once('error', reject)
    server.once('exit', () => {
      reject(new Error(`redis-server did not start:\n${said}`))
    })
  })
  await ready
  return server
}

function redisServer(): string | undefined {
  return (process.env['PATH'] ?? '')
    .split(delimiter)
    .map((folder) => join(folder, 'redis-server'))
    .find((file) => existsSync(file))
}

/** With a hash tag, so that it will do for a cluster too. */
function randomPrefix(): string {
  return `{test-${randomUUID()}}`
}

async function freePort(): Promise<number> {
  const server = createServer()
  await once(server.listen(0, '127.0.0.1'), 'listening')
  const address = server.address()
  await new Promise((resolve) => server.close(resolve))
  if (address === null || typeof address === 'string') throw new Error('no free port')
  return address.port
}
