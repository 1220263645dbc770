import { setTimeout as sleep } from 'node:timers/promises'
import { startReceiver } from '@redrive/testkit/receiver'
import type { Dice } from './random.ts'

/** One request as its receiver saw it. Times are milliseconds since the epoch. */
export interface Seen {
  receiver: string
  eventId: string
  /** `redrive-attempt` */
  attempt: number
  /** the number that the producer put into the payload */
  n: number
  receivedAt: number
  answeredAt: number
  status: number
}

export interface Receivers {
  all: { name: string; url: string }[]
  seen: Seen[]
  close(): Promise<void>
}

/** One that just works, one that fails a third of the time, and one that is slow. */
export async function startReceivers(dice: Dice): Promise<Receivers> {
  const seen: Seen[] = []
  const kinds = [
    { name: 'steady', status: () => 200, waitMs: () => 5 },
    { name: 'failing', status: () => (dice.next() < 1 / 3 ? 500 : 200), waitMs: () => 5 },
    { name: 'slow', status: () => 200, waitMs: () => dice.between(200, 600) },
  ]
  const started = await Promise.all(
    kinds.map(async ({ name, status, waitMs }) => {
      const receiver = await startReceiver({
        answer: async ({ headers, body, receivedAt }) => {
          const entry: Seen = {
            receiver: name,
            eventId: String(headers['webhook-id']),
            attempt: Number(headers['redrive-attempt']),
            n: numberIn(body),
            receivedAt: receivedAt.getTime(),
            answeredAt: Infinity,
            status: status(),
          }
          seen.push(entry)
          await sleep(waitMs())
          entry.answeredAt = Date.now()
          return { status: entry.status }
        },
      })
      return { name, url: receiver.url, close: () => receiver.close() }
    }),
  )
  return {
    all: started,
    seen,
    close: async () => {
      await Promise.all(started.map((receiver) => receiver.close()))
    },
  }
}

function numberIn(body: Buffer): number {
  const payload: unknown = JSON.parse(body.toString())
  return typeof payload === 'object' && payload !== null && 'n' in payload ? Number(payload.n) : NaN
}
