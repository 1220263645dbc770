import { createCrowding } from '@redrive/queue'
import { createPace } from '@redrive/runtime'
import { eventually } from '@redrive/testkit/conditions'
import type { Receivers } from './bench.ts'
import { type Costs, costsOfEach, readCosts } from './costs.ts'
import { startHelper } from './helper.ts'
import { startInstallation } from './installation.ts'
import { createProducer } from './producer.ts'

const TIMES = 1_000_000
const EVENTS = 3_000
const OVER_MS = 60_000
/** Nobody ever waits for these. */
const HUGE = { maxConcurrency: 1_000, rateLimit: { limit: 10_000, perSeconds: 1 } }

/**
 * What fairness costs: its bookkeeping in memory for each delivery, and a delivery to an endpoint with limits that hold
 * nothing back beside one without. CPU time and statements, which a busy machine changes little.
 */
export async function gates(args: readonly string[]): Promise<void> {
  inMemory()
  const queue = args.includes('redis') ? 'redis' : 'postgres'
  const receivers: Receivers = startHelper('./receivers.ts')
  const { ports } = await receivers.ask({ what: 'ports' })
  const installation = await startInstallation({ queue, ingresses: 1, workers: 1 })
  const producer = createProducer(installation.urls[0] ?? '')
  const tenantId = await producer.tenant('Bench')
  const deliver = async (settings: object): Promise<Costs> => {
    const id = await producer.endpoint(tenantId, `http://127.0.0.1:${String(ports[0])}/`, settings)
    const { count } = await receivers.ask({ what: 'ports' })
    const before = await readCosts(installation)
    await producer.flood(tenantId, [id], EVENTS)
    const isOver = async (): Promise<boolean> => (await receivers.ask({ what: 'ports' })).count - count >= EVENTS
    await eventually(isOver, 'all to arrive', OVER_MS)
    return costsOfEach(before, await readCosts(installation), EVENTS)
  }
  await deliver({})
  process.stdout.write(`\nqueue in ${queue}, for each delivery: CPU µs, and statements\n`)
  print('without limits', await deliver({}))
  print('with limits that are never reached', await deliver(HUGE))
  await installation.stop()
  await receivers.close()
}

function inMemory(): void {
  const crowding = createCrowding()
  // whatever its bounds, it costs the same
  const pace = createPace({ rate: { first: 1, least: 1, most: 1 }, strainMs: { wait: 1 } })
  const endpoints = Array.from({ length: 1_000 }, (_, n) => `endpoint ${String(n)}`)
  const began = performance.now()
  for (let n = 0; n < TIMES; n++) {
    const key = endpoints[n % endpoints.length] ?? ''
    const { crowd } = crowding.place({ key, perSecond: 250 }, { key: 'tenant', perSecond: Infinity })
    if (crowd === null) pace.fresh(key, 'tenant')
    else pace.crowds(crowd)
    pace.felt('wait', 1, key, 'tenant')
  }
  const us = ((performance.now() - began) * 1_000) / TIMES
  pace.close()
  process.stdout.write(`in memory, for each delivery: ${us.toFixed(2)} µs, no round trip\n`)
}

function print(name: string, { worker, database, redis, statements }: Costs): void {
  const parts = { worker, database, redis }
  const columns = Object.entries(parts).map(([part, us]) => `${part} ${us.toFixed(0).padStart(5)}`)
  process.stdout.write(`${name.padEnd(36)}${columns.join('  ')}  statements ${statements.toFixed(2)}\n`)
}
