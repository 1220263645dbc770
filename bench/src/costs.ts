import { once } from 'node:events'
import { readdir, readFile } from 'node:fs/promises'
import { connect } from 'node:net'
import type { Installation } from './installation.ts'
import { sum } from './figures.ts'

/** What the parts of an installation have used up since they were started. */
export interface Costs {
  /** CPU, µs */
  ingress: number
  worker: number
  redis: number
  database: number
  /** the benchmark's own, as far as they were named: load and receivers */
  own: number
  /** what no process took of the machine */
  idle: number
  /** statements that the database was sent, those of BullMQ included */
  statements: number
  /** commands that Redis was sent; what a script calls inside is none */
  commands: number
}

/** Linux counts CPU time in these. */
const TICK_US = 10_000

export async function readCosts(
  { database, redis, ingresses, workers }: Installation,
  own: readonly { pid: number }[] = [],
): Promise<Costs> {
  const [row] = await database.query<{ calls: string; postmaster: string }>(
    `SELECT coalesce(sum(calls), 0) AS calls, split_part(pg_read_file('postmaster.pid'), E'\\n', 1) AS postmaster
     FROM pg_stat_statements`,
  )
  const postmaster = Number(row?.postmaster)
  const info = redis === null ? '' : await redisInfo(redis.port)
  return {
    ingress: await cpu(ingresses.map(({ pid }) => pid)),
    worker: await cpu(workers.map(({ pid }) => pid)),
    redis: redis === null ? 0 : await cpu([Number(/process_id:(\d+)/.exec(info)?.[1])]),
    database: (await cpu(await childrenOf(postmaster))) + (await cpu([postmaster], { withDead: true })),
    own: await cpu(own.map(({ pid }) => pid)),
    idle: await unused(),
    statements: Number(row?.calls),
    commands: sum([...info.matchAll(/cmdstat_(evalsha|eval|fcall):calls=(\d+)/g)].map(([, , calls]) => Number(calls))),
  }
}

/** What each of so many has cost between two readings. */
export function costsOfEach(before: Costs, after: Costs, count: number): Costs {
  const each = (part: keyof Costs): number => (after[part] - before[part]) / count
  return {
    ingress: each('ingress'),
    worker: each('worker'),
    redis: each('redis'),
    database: each('database'),
    own: each('own'),
    idle: each('idle'),
    statements: each('statements'),
    commands: each('commands'),
  }
}

/** What Redis says of itself. */
async function redisInfo(port: number): Promise<string> {
  const socket = connect(port, '127.0.0.1').setEncoding('latin1')
  socket.end('INFO all\r\n')
  let text = ''
  socket.on('data', (chunk: string) => (text += chunk))
  await once(socket, 'end')
  return text
}

async function cpu(pids: readonly number[], { withDead = false } = {}): Promise<number> {
  const ticks = await Promise.all(
    pids.map(async (pid) => {
      const fields = await statOf(pid)
      // utime and stime, and those of children that have ended
      return sum((withDead ? [11, 12, 13, 14] : [11, 12]).map((at) => Number(fields[at] ?? 0)))
    }),
  )
  return sum(ticks) * TICK_US
}

/** Of all cores together, those that wait for a disk included. */
async function unused(): Promise<number> {
  const [, , , , idle, waiting] = (await readFile('/proc/stat', 'utf8')).split(/\s+/)
  return (Number(idle) + Number(waiting)) * TICK_US
}

async function childrenOf(parent: number): Promise<number[]> {
  const pids = (await readdir('/proc')).map(Number).filter((pid) => pid > 0)
  const parents = await Promise.all(pids.map(async (pid) => Number((await statOf(pid))[1])))
  return pids.filter((_, n) => parents[n] === parent)
}

/** The fields of /proc/<pid>/stat after the name: state, parent, and so on. None of a process that is gone. */
async function statOf(pid: number): Promise<string[]> {
  const text = await readFile(`/proc/${String(pid)}/stat`, 'utf8').catch(() => '')
  return text.slice(text.lastIndexOf(')') + 2).split(' ')
}
