import { setTimeout as sleep } from 'node:timers/promises'
import type { Ingress } from './installation.ts'

export interface Accepted {
  n: number
  eventId: string
  acceptedAt: number
  /** of the answer that accepted it */
  tookMs: number
}

/** A try that was not answered 202: the producer tries again with the same idempotency key, as it should. */
export interface Refused {
  n: number
  ingress: string
  from: number
  to: number
  /** a status, or the error's message */
  why: string
}

const TRY_AGAIN_MS = 250
const TIMEOUT_MS = 15_000

/** Publishes at a steady rate through both ingresses, and gives no event up before it is accepted. */
export async function publishSteadily(options: {
  ingresses: readonly Ingress[]
  key: string
  events: number
  lengthMs: number
}): Promise<{ accepted: Accepted[]; refused: Refused[] }> {
  const { ingresses, key, events, lengthMs } = options
  const startedAt = performance.now()
  const accepted: Accepted[] = []
  const refused: Refused[] = []

  async function publish(n: number): Promise<void> {
    for (let tries = 0; ; tries++) {
      const ingress = ingresses[(n + tries) % ingresses.length]
      if (ingress === undefined) throw new Error('there is no ingress')
      const from = Date.now()
      const answer = await post(ingress.url, key, n)
      const to = Date.now()
      if (answer.eventId !== null) {
        accepted.push({ n, eventId: answer.eventId, acceptedAt: to, tookMs: to - from })
        return
      }
      refused.push({ n, ingress: ingress.name, from, to, why: answer.why })
      await sleep(TRY_AGAIN_MS)
    }
  }

  const all: Promise<void>[] = []
  for (let n = 0; n < events; n++) {
    await sleep(Math.max(0, (n * lengthMs) / events - (performance.now() - startedAt)))
    all.push(publish(n))
  }
  await Promise.all(all)
  return { accepted, refused }
}

type Answer = { eventId: string } | { eventId: null; why: string }

async function post(url: string, key: string, n: number): Promise<Answer> {
  try {
    const response = await fetch(`${url}/v1/events`, {
      method: 'POST',
      headers: { authorization: `Bearer ${key}`, 'content-type': 'application/json' },
      body: JSON.stringify({ type: 'chaos.happened', payload: { n }, idempotencyKey: `chaos-${String(n)}` }),
      signal: AbortSignal.timeout(TIMEOUT_MS),
    })
    const text = await response.text()
    if (response.status !== 202) return { eventId: null, why: String(response.status) }
    const event = JSON.parse(text) as { id: string } // as the API documents
    return { eventId: event.id }
  } catch (error) {
    return { eventId: null, why: error instanceof Error ? error.message : String(error) }
  }
}
