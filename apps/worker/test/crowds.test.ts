import { afterEach, expect, test } from '@jest/globals'
import { DEFAULT_RETRY_POLICY, newId, systemClock } from '@redrive/core'
import { createCrowding, typeKey } from '@redrive/queue'
import { createMetrics, createPace, silentLog } from '@redrive/runtime'
import type { DueDelivery } from '@redrive/store'
import { noTracing } from '@redrive/tracing'
import { createDeliver } from '../src/deliver.ts'
import { createFanOut } from '../src/fan-out.ts'
import { createWorkerMetrics } from '../src/metrics.ts'
import type { WorkerPace } from '../src/turns.ts'

const TENANT = newId()
const ENDPOINTS = Array.from({ length: 10 }, () => newId())
const typeOf = (endpointId: string): string => `type.${String(ENDPOINTS.indexOf(endpointId))}`

const paces: WorkerPace[] = []
afterEach(() => {
  for (const pace of paces.splice(0)) pace.close()
})

/** Both lanes of a worker, at whose pace nothing of a crowd has its turn while anybody is spared. */
function openLanes() {
  const pace: WorkerPace = createPace({ rate: { first: 0, least: 0, most: 0 }, strainMs: { wait: 1 } })
  paces.push(pace)
  const started: string[] = []
  const claimed: string[] = []
  const metrics = createWorkerMetrics(createMetrics({ processMetrics: false }))
  const shared = { pace, metrics, producer: { add: () => Promise.resolve() }, tracing: noTracing, log: silentLog }
  const lane = (isFlood: boolean) =>
    createFanOut({
      ...shared,
      isFlood,
      crowding: createCrowding(),
      ledger: {
        fanOutPart: () => Promise.reject(new Error('it is not asked for')),
        // an event is named after its endpoint here
        fanOutUpTo(eventIds, _most, firstClaims) {
          const due = eventIds.map(dueTo)
          for (const one of due) firstClaims?.wants(one)
          return Promise.resolve({ due, claimed: [], waitingAt: [], left: [] })
        },
      },
      gates: { look: () => undefined },
      firstAttempts: {
        places: () => ({ take: () => true, start: () => Promise.resolve(), giveUp: () => undefined }),
        start(due) {
          started.push(...due.map(({ endpointId }) => endpointId))
          return Promise.resolve([])
        },
      },
    })
  const deliver = createDeliver({
    ...shared,
    crowding: createCrowding(),
    ledger: {
      claim({ deliveryId }) {
        claimed.push(deliveryId)
        return Promise.resolve({ kind: 'nothing', reason: 'finished' })
      },
      leaveLate: () => Promise.reject(new Error('there is no attempt')),
      record: () => Promise.reject(new Error('there is no attempt')),
      release: () => Promise.reject(new Error('nothing is claimed')),
      close: () => Promise.resolve(),
    },
    leases: { hold: () => undefined, letGo: () => undefined, close: () => undefined },
    gates: { waitsAt: () => undefined, look: () => undefined, close: () => Promise.resolve() },
    sender: { send: () => Promise.reject(new Error('there is no attempt')) },
    defaultRetryPolicy: DEFAULT_RETRY_POLICY,
    horizonMs: 1_000,
    version: '0.0.0',
    clock: systemClock,
    random: () => 0.5,
    tellTrace: false,
  })
  const context = { jobId: 'job', signal: new AbortController().signal }
  return {
    pace,
    started,
    claimed,
    publish: (eventIds: string[]) => lane(false)({ v: 1, eventIds }, context),
    publishSlow: (eventIds: string[], crowds?: string[]) =>
      lane(true)({ v: 1, eventIds, ...(crowds && { crowds }) }, context),
    deliverSlow: (endpointId: string, crowds?: string[]) =>
      deliver.handler(null)({ v: 1, ...dueTo(endpointId), ...(crowds && { crowds }) }, context),
  }
}

function dueTo(endpointId: string): DueDelivery {
  const known = { deliveryId: newId(), round: 0, tenantId: TENANT, endpointId, eventType: typeOf(endpointId) }
  return { ...known, dueAt: new Date(0), trigger: 'automatic' }
}

test('a flood of a tenant to ten endpoints, of which each had an event before, is held up by none of them', async () => {
  const { pace, publish, publishSlow, started } = openLanes()
  await publish(ENDPOINTS)
  expect(pace.isShared()).toBe(true)
  await publishSlow(ENDPOINTS, [TENANT])
  expect(started).toEqual([...ENDPOINTS, ...ENDPOINTS])
  // nor does what comes by the usual lane, now and then
  await publish(ENDPOINTS)
  expect(pace.isShared()).toBe(false)
})

test('a flood of one type is not held up by whom the type goes to, but by the tenant’s others', async () => {
  const { pace, publish, publishSlow, started } = openLanes()
  const [flooded = '', other = ''] = ENDPOINTS
  await publish([flooded])
  await publishSlow([flooded], [typeKey(TENANT, typeOf(flooded))])
  expect(started).toEqual([flooded, flooded])
  await publish([other])
  expect(pace.isShared()).toBe(true)
})

test('nor are a flood’s deliveries that another worker has left to the queue', async () => {
  const { pace, publish, deliverSlow, claimed } = openLanes()
  await publish(ENDPOINTS)
  expect(pace.isShared()).toBe(true)
  await deliverSlow(ENDPOINTS[0] ?? '', [TENANT])
  expect(claimed).toHaveLength(1)
})

test('a job of an earlier release, which does not say whose crowd it is part of, has its turn too', async () => {
  const { publish, publishSlow, deliverSlow, started, claimed } = openLanes()
  await publishSlow(ENDPOINTS)
  expect(started).toEqual(ENDPOINTS)
  const [one = ''] = ENDPOINTS
  await publish([one])
  await deliverSlow(one)
  expect(claimed).toHaveLength(1)
})
