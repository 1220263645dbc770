/** `npm run chaos -- --events 5000 --seconds 120 [--redis] [--seed n]`: proves that nothing is lost, by breaking things. */
import { parseArgs } from 'node:util'
import { report } from './report.ts'
import { runChaos } from './run.ts'

const { values } = parseArgs({
  options: {
    events: { type: 'string', default: '5000' },
    seconds: { type: 'string', default: '120' },
    redis: { type: 'boolean', default: false },
    seed: { type: 'string', default: String(Date.now() % 1_000_000) },
  },
})
const options = {
  events: wholeNumber('events', values.events),
  seconds: wholeNumber('seconds', values.seconds),
  seed: wholeNumber('seed', values.seed),
  redis: values.redis,
}
const startedAt = performance.now()
const say = (line: string): void => {
  process.stdout.write(`${line}\n`)
}
say(`chaos: seed ${String(options.seed)}, the queue in ${options.redis ? 'Redis' : 'PostgreSQL'}`)
const result = await runChaos({
  ...options,
  tell: (line) => {
    say(`${((performance.now() - startedAt) / 1000).toFixed(1).padStart(6)} s  ${line}`)
  },
})
const { lines, good } = report(result)
for (const line of lines) say(line)
say(good ? 'GOOD: nothing was lost, and every duplicate has its reason.' : 'BAD: see above.')
process.exit(good ? 0 : 1)

function wholeNumber(name: string, text: string): number {
  if (/^[0-9]{1,9}$/.test(text)) return Number(text)
  process.stderr.write(`--${name} must be a whole number\n`)
  process.exit(2)
}
