import { afterEach, expect, test } from '@jest/globals'
import { newId } from '@redrive/core'
import { type Producer, QueueUnavailable } from '@redrive/queue'
import { silentLog } from '@redrive/runtime'
import { StoreUnavailable, type Sweep } from '@redrive/store'
import { eventually } from '@redrive/testkit/conditions'
import { createReconciler, type Reconciler } from '../src/reconciler.ts'

let reconciler: Reconciler | undefined
afterEach(() => reconciler?.close())

const NOTHING: Sweep = {
  eventIds: [],
  deliveries: [],
  interrupted: 0,
  full: false,
  backlogFull: false,
  unavailable: null,
}

/** A ledger that answers each look as the test says, and a queue that is as the test says; the backlog's limit of each look. */
function start(
  queue: Partial<Pick<Producer, 'add' | 'counts' | 'ping'>>,
  owed: (limit: number) => Partial<Sweep>,
): { limit: number; backlogLimit: number }[] {
  const looks: { limit: number; backlogLimit: number }[] = []
  reconciler = createReconciler({
    ledger: {
      sweep: (limit, _graceSeconds, backlogLimit = limit) => {
        looks.push({ limit, backlogLimit })
        return Promise.resolve({ ...NOTHING, ...owed(limit) })
      },
    },
    producer: {
      add: () => Promise.resolve(),
      ping: () => Promise.resolve(),
      counts: () => Promise.reject(new Error('nobody asked for the counts')),
      ...queue,
    },
    metrics: { reconciled: () => undefined },
    log: silentLog,
  })
  return looks
}

test('while the queue is away it looks at nothing, so that nothing is put off', async () => {
  const away = () => Promise.reject(new QueueUnavailable('does not answer', 'refused'))
  let isAway = true
  let pings = 0
  const looks = start(
    {
      add: () => (isAway ? away() : Promise.resolve()),
      ping: () => {
        pings += 1
        return isAway ? away() : Promise.resolve()
      },
    },
    () => ({ eventIds: [newId()] }),
  )
  await eventually(() => pings >= 2, 'the queue to be asked twice')
  expect(looks).toHaveLength(1)
  isAway = false
  await eventually(() => looks.length >= 2, 'the next look')
})

test.each(['deliver', 'deliver-slow', 'retry'])(
  'while enough %s jobs wait it brings only a few more of the backlog, and everything else as before',
  async (queue) => {
    let waiting = 5_000
    const counts: Producer['counts'] = () =>
      Promise.resolve({ publish: {}, deliver: {}, 'deliver-slow': {}, retry: {}, [queue]: { waiting } })
    const looks = start({ counts }, () => ({ backlogFull: true }))
    await eventually(() => looks.length >= 2, 'the second look')
    const [first, second] = looks
    expect(second?.backlogLimit).toBeLessThan((first?.backlogLimit ?? 0) / 10)
    expect(second?.limit).toBe(first?.limit)
    waiting = 0
    await eventually(() => looks.at(-1)?.backlogLimit === first?.backlogLimit, 'a full look again')
  },
)

const DUE = {
  round: 0,
  tenantId: newId(),
  endpointId: newId(),
  eventType: 'a.b',
  dueAt: new Date(),
  trigger: 'automatic',
} as const

test('events that the queue does not take cost the deliveries nothing, nor does a part that could not be looked at', async () => {
  const added: string[] = []
  const add: Producer['add'] = (jobs) => {
    if (jobs.some((job) => job.name === 'publish')) return Promise.reject(new Error('refused'))
    added.push(...jobs.map((job) => job.id))
    return Promise.resolve()
  }
  start({ add }, () => ({
    eventIds: [newId()],
    deliveries: [{ ...DUE, deliveryId: newId() }],
    unavailable: new StoreUnavailable('away'),
  }))
  await eventually(() => added.length >= 1, 'the delivery to be enqueued')
})
