import { setTimeout as sleep } from 'node:timers/promises'
import { type Attempt, attemptId, type Clock, type EndpointStatus, idTime, newId } from '@redrive/core'
import { deliveryJob } from '@redrive/queue'
import type { Store } from '@redrive/store'
import type { Hurry } from './hurry.ts'

type TestAnswer =
  | { kind: 'attempted'; attempt: Attempt }
  /** it is queued, but no worker has sent it in the time that we wait */
  | { kind: 'not_yet'; deliveryId: string }
  | { kind: 'conflict'; status: EndpointStatus }
  | { kind: 'busy' }
  | { kind: 'unknown' }

/** Sends a sample event by the way that every event goes, and waits for its one attempt. */
export interface EndpointTestService {
  send(tenantId: string, endpointId: string, sample: { type?: string; payload: string | null }): Promise<TestAnswer>
  /** Lets nobody wait any longer. */
  close(): void
}

const TYPE = 'redrive.test'
const PAYLOAD = JSON.stringify({ message: 'This is a test event from Redrive.' })
/** Beside the endpoint's own timeout: for the queue and a worker. */
const PATIENCE_MS = 10_000
const LOOK_EVERY_MS = 50
/** Who waits holds a request open and asks the database again and again. */
const MAX_WAITING = 50

export function createEndpointTestService(deps: {
  store: Pick<Store, 'endpoints' | 'attempts'>
  hurry: Hurry
  clock: Clock
}): EndpointTestService {
  const { store, hurry, clock } = deps
  const closing = new AbortController()
  let waiting = 0

  async function attemptOf(tenantId: string, deliveryId: string, deadline: number): Promise<TestAnswer> {
    const id = attemptId(deliveryId, 1)
    for (;;) {
      const attempt = await store.attempts.get(tenantId, id)
      if (attempt !== null) return { kind: 'attempted', attempt }
      if (clock() >= deadline || closing.signal.aborted) return { kind: 'not_yet', deliveryId }
      await sleep(LOOK_EVERY_MS, undefined, { signal: closing.signal }).catch(() => undefined)
    }
  }

  return {
    async send(tenantId, endpointId, { type = TYPE, payload }) {
      if (waiting >= MAX_WAITING) return { kind: 'busy' }
      waiting += 1
      try {
        const endpoint = await store.endpoints.get(tenantId, endpointId)
        if (endpoint === null) return { kind: 'unknown' }
        const id = newId()
        const event = { id, type, payload: payload ?? PAYLOAD, createdAt: new Date(idTime(id)) }
        const answer = await store.endpoints.test(tenantId, endpointId, event)
        if (answer === null) return { kind: 'unknown' }
        if ('conflict' in answer) return { kind: 'conflict', status: answer.conflict }
        hurry.enqueue([deliveryJob(answer.due)])
        return await attemptOf(tenantId, answer.due.deliveryId, clock() + endpoint.timeoutSeconds * 1000 + PATIENCE_MS)
      } finally {
        waiting -= 1
      }
    },
    close() {
      closing.abort()
    },
  }
}
