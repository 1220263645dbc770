import { setTimeout as sleep } from 'node:timers/promises'
import { startInstallation } from '../installation.ts'
import { publishSteadily } from '../producer.ts'
import { createDice } from '../random.ts'
import { startReceivers } from '../receivers.ts'
import { percentiles } from '../report.ts'
import { drained, setUp } from '../run.ts'
import type { Drill } from './drill.ts'

const BEFORE_MS = 5_000
const AWAY_MS = 30_000
const AFTER_MS = 5_000
/** Few enough that what is measured is the start of the deliveries, and not how fast the machine works off a backlog. */
const PER_SECOND = 10

type Redis = NonNullable<Awaited<ReturnType<typeof startInstallation>>['redis']>

/** Ways in which Redis is away, and how it comes back. */
const OUTAGES: Record<
  string,
  { lose: (redis: Redis) => Promise<void> | void; mend: (redis: Redis) => Promise<void> | void }
> = {
  'refused, back with its data': {
    lose: ({ server }) => server.kill(),
    mend: ({ server }) => server.restart(),
  },
  'refused, back empty': {
    lose: ({ server }) => server.kill(),
    mend: async ({ server }) => {
      await server.restart()
      await server.empty()
    },
  },
  hanging: {
    lose: ({ server }) => {
      server.pause()
    },
    mend: ({ server }) => {
      server.resume()
    },
  },
}

/** Redis is away for 30 s while events are published: what is answered, and how soon after its return they are delivered. */
export const outage: Drill = async ({ tell, seed }) => {
  let good = true
  for (const [name, { lose, mend }] of Object.entries(OUTAGES)) {
    const receivers = await startReceivers(createDice(seed))
    const installation = await startInstallation({ redis: true })
    try {
      const { redis, ingresses } = installation
      if (redis === null) throw new Error('this drill needs Redis')
      const key = await setUp(installation, receivers)
      const lengthMs = BEFORE_MS + AWAY_MS + AFTER_MS
      const publishing = publishSteadily({ ingresses, key, events: (PER_SECOND * lengthMs) / 1000, lengthMs })
      await sleep(BEFORE_MS)
      await lose(redis)
      const lostAt = Date.now()
      await sleep(AWAY_MS)
      await mend(redis)
      const backAt = Date.now()
      const { accepted, refused } = await publishing
      const ledger = await drained(installation)
      const during = accepted.filter(({ acceptedAt }) => acceptedAt >= lostAt && acceptedAt < backAt)
      const waits = during.map(({ eventId }) => {
        const [first] = receivers.seen
          .filter((seen) => seen.eventId === eventId && seen.receiver === 'steady')
          .map(({ receivedAt }) => receivedAt)
          .sort((a, b) => a - b)
        return first === undefined ? Infinity : Math.max(0, first - backAt)
      })
      const took = during.map(({ tookMs }) => tookMs)
      tell(`Redis ${name}: ${String(during.length)} events accepted meanwhile, ${String(refused.length)} tries refused`)
      tell(`  202 within        ${percentiles(took.toSorted((a, b) => a - b))}`)
      const sorted = waits.toSorted((a, b) => a - b)
      tell(`  after its return  first ${String(sorted[0])} ms, ${percentiles(sorted)} to an event's first request`)
      tell(`  owed at the end   ${String(ledger.owed)}`)
      good &&= refused.length === 0 && ledger.owed === 0
    } finally {
      await installation.stop()
      await receivers.close()
    }
  }
  return good
}
