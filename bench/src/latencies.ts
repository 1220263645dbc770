import { setTimeout as sleep } from 'node:timers/promises'
import { type Bench, KILOBYTE } from './bench.ts'

export interface Latencies {
  /** from publishing to the receiver's first byte, ms */
  latencies: number[]
  /** refused, not sent because all connections waited for an answer, or not arrived */
  missing: number
  /** how long each waited for the machine before it was sent, ms; it counts among the latencies */
  late: number[]
}

/** What comes late still counts: it is waited for. */
const LATE_MS = 20_000

/**
 * Publishes events of these types, in turn, to endpoints at `/timed`, on a schedule that waits for nothing, and collects how
 * long each took: one that is sent late counts from when it should have been sent.
 */
export async function measureLatencies(
  { load, receivers, installation, key }: Pick<Bench, 'load' | 'receivers' | 'installation' | 'key'>,
  types: readonly string[],
  perSecond: number,
  seconds: number,
): Promise<Latencies> {
  await receivers.ask({ what: 'taken' })
  const events = { types, bytes: KILOBYTE, batch: 1 }
  const { accepted, refused, late } = await load.ask({
    kind: 'open',
    origins: installation.urls,
    key,
    events,
    perSecond,
    seconds,
  })
  const latencies: number[] = []
  const deadline = performance.now() + LATE_MS
  while (latencies.length < accepted && performance.now() < deadline) {
    latencies.push(...(await receivers.ask({ what: 'taken' })).latencies)
    await sleep(50)
  }
  return { latencies, missing: accepted + refused - latencies.length, late }
}
