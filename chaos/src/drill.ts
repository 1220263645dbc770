/** `npm run drill -- <outage|flush|recovery> [--redis] [--deliveries n] [--seed n]`: one thing goes wrong, and its cost is measured. */
import { parseArgs } from 'node:util'
import type { Drill } from './drills/drill.ts'
import { flush } from './drills/flush.ts'
import { outage } from './drills/outage.ts'
import { recovery } from './drills/recovery.ts'

const DRILLS: Record<string, Drill> = { flush, outage, recovery }

const { values, positionals } = parseArgs({
  allowPositionals: true,
  options: {
    redis: { type: 'boolean', default: false },
    deliveries: { type: 'string', default: '20000' },
    seed: { type: 'string', default: '1' },
  },
})
const drill = DRILLS[positionals[0] ?? '']
if (drill === undefined) {
  process.stderr.write(
    `Usage: npm run drill -- <${Object.keys(DRILLS).join('|')}> [--redis] [--deliveries n] [--seed n]\n`,
  )
  process.exit(2)
}
const good = await drill({
  redis: values.redis,
  deliveries: Number(values.deliveries),
  seed: Number(values.seed),
  tell: (line) => {
    process.stdout.write(`${line}\n`)
  },
})
process.exit(good ? 0 : 1)
