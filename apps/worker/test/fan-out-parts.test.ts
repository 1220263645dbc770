import { afterEach, expect, test } from '@jest/globals'
import { newId } from '@redrive/core'
import { createCrowding, type NewJob, QueueUnavailable } from '@redrive/queue'
import { createMetrics, createPace, silentLog } from '@redrive/runtime'
import type { DueDelivery } from '@redrive/store'
import { noTracing } from '@redrive/tracing'
import { createFanOut } from '../src/fan-out.ts'
import { createWorkerMetrics } from '../src/metrics.ts'
import type { WorkerPace } from '../src/turns.ts'

const TENANT = newId()
const EVENT = newId()
const PARTS = ['1', '2', '3', null]

const paces: WorkerPace[] = []
afterEach(() => {
  for (const pace of paces.splice(0)) pace.close()
})

interface Lane {
  add: (jobs: readonly NewJob[]) => Promise<void>
  perSecond?: number
  /** of each part, beside one in publish order */
  deliveries?: number
  isFlood?: boolean
  /** events that are too much to be fanned out at once */
  left?: string[]
}

/** A lane with an event to very many. */
function openLane({ add, perSecond = 0, deliveries = 1, isFlood = true, left = [EVENT] }: Lane) {
  const rate = { first: perSecond, least: perSecond, most: perSecond }
  const pace: WorkerPace = createPace({ rate, strainMs: { wait: 1_000 } })
  paces.push(pace)
  const asked: (string | number | null)[] = []
  const looked: string[] = []
  const handler = createFanOut({
    isFlood,
    pace,
    crowding: createCrowding(),
    ledger: {
      fanOutUpTo: () =>
        Promise.resolve({ due: [], claimed: [], waitingAt: left.length > 0 ? [] : [dueTo('in order')], left }),
      fanOutPart(_eventId, from, most) {
        asked.push(from, most)
        const part = from === null ? 0 : PARTS.indexOf(from) + 1
        return Promise.resolve({
          due: Array.from({ length: deliveries }, () => dueTo(newId())),
          claimed: [],
          waitingAt: [dueTo(`in order ${String(part)}`)],
          next: PARTS[part] ?? null,
        })
      },
    },
    // this worker has no room, so each wants a job
    firstAttempts: {
      places: () => ({ take: () => false, start: () => Promise.resolve(), giveUp: () => undefined }),
      start: (due) => Promise.resolve([...due]),
    },
    gates: { look: (endpointId) => void looked.push(endpointId) },
    metrics: createWorkerMetrics(createMetrics({ processMetrics: false })),
    producer: { add },
    tracing: noTracing,
    log: silentLog,
  })
  const run = () => handler({ v: 1, eventIds: [EVENT] }, { jobId: 'job', signal: new AbortController().signal })
  return { pace, asked, looked, run }
}

function dueTo(endpointId: string): DueDelivery {
  const known = { deliveryId: newId(), round: 0, tenantId: TENANT, endpointId, eventType: 'type' }
  return { ...known, dueAt: new Date(0), trigger: 'automatic' }
}

test('parts are made one after the other, and gates are looked at where publish order is kept', async () => {
  const jobs: NewJob[] = []
  const { asked, looked, run } = openLane({ add: (added) => Promise.resolve(void jobs.push(...added)) })
  expect(await run()).toEqual({ kind: 'done' })
  expect(asked).toEqual([null, 250, '1', 250, '2', 250, '3', 250])
  expect(looked).toEqual(['in order 0', 'in order 1', 'in order 2', 'in order 3'])
  expect(jobs).toHaveLength(4)
})

test('they are smaller while there is somebody to spare', async () => {
  const { pace, asked, run } = openLane({ add: () => Promise.resolve(), perSecond: 10_000 })
  pace.fresh(newId())
  await run()
  expect(asked).toEqual([null, 20, '1', 20, '2', 20, '3', 20])
})

test('while the queue takes no jobs each has its turn all the same', async () => {
  const lane = openLane({ add: () => Promise.reject(new QueueUnavailable('is away', null)), deliveries: 100 })
  lane.pace.fresh(newId())
  const turns: (number | undefined)[] = []
  lane.pace.turn = (weight) => {
    turns.push(weight)
    return Promise.resolve(true)
  }
  expect(await lane.run()).toEqual({ kind: 'done' })
  // of the event, then for each part its gate and its deliveries
  expect(turns.reduce<number>((sum, weight = 1) => sum + weight, 0)).toBe(0.5 + 4 * (0.25 + 100))
})

test('who keeps publish order is spared like any other', async () => {
  const { pace, run } = openLane({ add: () => Promise.resolve(), isFlood: false, left: [] })
  expect(pace.isShared()).toBe(false)
  await run()
  expect(pace.isShared()).toBe(true)
})

test('a worker that stops leaves the rest to another', async () => {
  const lane = openLane({
    add: () => {
      lane.pace.close()
      return Promise.resolve()
    },
  })
  expect(await lane.run()).toMatchObject({ kind: 'again' })
  expect(lane.asked).toEqual([null, 250, '1', 250])
  expect(lane.looked).toEqual(['in order 0'])
})
