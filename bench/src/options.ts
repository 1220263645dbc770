import { parseArgs } from 'node:util'

const SECTIONS = [
  'ceilings',
  'publish',
  'backpressure',
  'deliveries',
  'latency',
  'retries',
  'memory',
  'growth',
] as const
export type Section = (typeof SECTIONS)[number]

/** Loading millions of rows takes minutes, and an overload leaves work for a while: only when asked for. */
const BY_DEFAULT = SECTIONS.filter((section) => section !== 'growth' && section !== 'backpressure')

export interface Options {
  queue: 'postgres' | 'redis'
  ingresses: number
  workers: number
  /** what the workers send with */
  transport: 'got' | 'undici'
  /** of each window */
  seconds: number
  sections: readonly Section[]
  /** attempts that growth loads */
  rows: number
  json: boolean
}

export const USAGE = `Usage: npm run bench -- [options]
       npm run bench -- fairness [postgres|redis] [slow|refusing|silent|flood|tenant|fan-out]
       npm run bench -- gates [postgres|redis]
       npm run bench -- bulk-retry [postgres|redis] [count]

  --redis            the queue in Redis; without it, in PostgreSQL
  --workers N        worker processes (1)
  --undici           workers send with undici instead of got
  --ingresses N      ingress processes (1)
  --seconds N        of each window (8)
  --only a,b         of ${SECTIONS.join(', ')}; without it, all but
                     backpressure and growth
  --rows N           attempts that growth loads (10000000)
  --no-json          writes no file into bench/results
`

export function parseOptions(args: readonly string[]): Options {
  const { values } = parseArgs({
    args: [...args],
    allowNegative: true,
    options: {
      redis: { type: 'boolean', default: false },
      undici: { type: 'boolean', default: false },
      workers: { type: 'string', default: '1' },
      ingresses: { type: 'string', default: '1' },
      seconds: { type: 'string', default: '8' },
      rows: { type: 'string', default: '10000000' },
      only: { type: 'string', default: BY_DEFAULT.join(',') },
      json: { type: 'boolean', default: true },
    },
  })
  const wanted = values.only.split(',')
  const unknown = wanted.filter((name) => !SECTIONS.some((section) => section === name))
  if (unknown.length > 0) throw new Error(`no such section: ${unknown.join(', ')}`)
  return {
    queue: values.redis ? 'redis' : 'postgres',
    transport: values.undici ? 'undici' : 'got',
    ingresses: wholeNumber('ingresses', values.ingresses, 16),
    workers: wholeNumber('workers', values.workers, 16),
    seconds: wholeNumber('seconds', values.seconds, 600),
    rows: wholeNumber('rows', values.rows, 100_000_000),
    sections: SECTIONS.filter((section) => wanted.includes(section)),
    json: values.json,
  }
}

function wholeNumber(name: string, text: string, most: number): number {
  const value = Number(text)
  if (!Number.isInteger(value) || value < 1 || value > most) {
    throw new Error(`--${name} must be a whole number from 1 to ${String(most)}`)
  }
  return value
}
