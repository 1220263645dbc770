import { afterEach, beforeEach, expect, test } from '@jest/globals'
import { newId } from '@redrive/core'
import { type NewJob, type Producer, QueueUnavailable } from '@redrive/queue'
import { silentLog } from '@redrive/runtime'
import { StoreUnavailable, type Sweep } from '@redrive/store'
import { eventually } from '@redrive/testkit/conditions'
import { createReconciler, type Reconciler } from '../src/reconciler.ts'

let reconciler: Reconciler | undefined
/** how many looks there had been at each recall */
let recalledAfter: number[]
beforeEach(() => {
  recalledAfter = []
})
afterEach(() => reconciler?.close())

const NOTHING: Sweep = {
  eventIds: [],
  lateEventIds: [],
  letInIds: [],
  deliveries: [],
  interrupted: 0,
  full: false,
  backlogFull: false,
  unavailable: null,
}

/** How many of each kind a look was for at most. */
interface Look {
  limit: number
  late: number
  parked: number
  brought: number
}

/** A ledger that answers each look as the test says, and a queue that is as the test says. */
function start(
  queue: Partial<Pick<Producer, 'add' | 'counts' | 'hasForgotten' | 'ledgerKnows'>>,
  owed: (limit: number) => Partial<Sweep>,
  isShared = () => false,
): Look[] {
  const looks: Look[] = []
  reconciler = createReconciler({
    ledger: {
      sweep: (limit, _graceSeconds, { late = limit, parked = limit, brought = limit } = {}) => {
        looks.push({ limit, late, parked, brought })
        return Promise.resolve({ ...NOTHING, ...owed(limit) })
      },
      recall: () => {
        recalledAfter.push(looks.length)
        return Promise.resolve()
      },
    },
    producer: {
      add: () => Promise.resolve(),
      hasForgotten: () => Promise.resolve(false),
      ledgerKnows: () => Promise.resolve(),
      counts: () => Promise.reject(new Error('nobody asked for the counts')),
      ...queue,
    },
    metrics: { reconciled: () => undefined },
    pace: { isShared },
    log: silentLog,
  })
  return looks
}

test('while the queue is away it looks at nothing, so that nothing is put off, and is there when it is back', async () => {
  let asked = 0
  let isAway = true
  const looks = start(
    {
      hasForgotten: () => {
        asked += 1
        return isAway ? Promise.reject(new QueueUnavailable('does not answer', 'refused')) : Promise.resolve(false)
      },
    },
    () => ({ eventIds: [newId()] }),
  )
  await eventually(() => asked >= 3, 'the queue to be asked three times')
  expect(looks).toEqual([])
  isAway = false
  const back = performance.now()
  await eventually(() => looks.length > 0, 'a look')
  expect(performance.now() - back).toBeLessThan(900)
})

test('what comes due before the next look gets a job that waits until then', async () => {
  const jobs: NewJob[] = []
  const soon = {
    deliveryId: newId(),
    round: 1,
    tenantId: newId(),
    endpointId: newId(),
    eventType: 'a',
    dueAt: new Date(Date.now() + 60_000),
    trigger: 'automatic' as const,
  }
  const owed = [soon]
  start(
    {
      add: (added) => {
        jobs.push(...added)
        return Promise.resolve()
      },
    },
    () => ({ deliveries: owed.splice(0) }),
  )
  await eventually(() => jobs.length > 0, 'the job')
  expect(jobs).toMatchObject([{ name: 'deliver', payload: { deliveryId: soon.deliveryId, round: 1 } }])
  expect(jobs[0]?.delayMs).toBeGreaterThan(50_000)
  expect(jobs[0]?.delayMs).toBeLessThanOrEqual(60_000)
})

test('what was let in at its gate does not wait among what crowds the others, however old it is', async () => {
  const old = () => ({
    deliveryId: newId(),
    round: 1,
    tenantId: newId(),
    endpointId: newId(),
    eventType: 'order.created',
    dueAt: new Date(Date.now() - 7_200_000),
    trigger: 'automatic' as const,
  })
  const [letIn, backlog] = [old(), old()]
  const jobs: NewJob[] = []
  start(
    {
      add: (some) => {
        jobs.push(...some)
        return Promise.resolve()
      },
    },
    () => ({ deliveries: jobs.length > 0 ? [] : [backlog, letIn], letInIds: [letIn.deliveryId] }),
  )
  await eventually(() => jobs.length > 0, 'a look')
  expect(jobs).toMatchObject([
    { name: 'deliver-slow', payload: { deliveryId: backlog.deliveryId } },
    { name: 'deliver', payload: { deliveryId: letIn.deliveryId } },
  ])
})

test('a queue that may have forgotten is given all of it again, once', async () => {
  let forgotten = true
  const looks = start(
    {
      hasForgotten: () => Promise.resolve(forgotten),
      ledgerKnows: () => {
        forgotten = false
        return Promise.resolve()
      },
    },
    () => ({}),
  )
  await eventually(() => looks.length >= 2, 'two looks')
  expect(recalledAfter).toEqual([0])
})

test('what could not be recalled is recalled later', async () => {
  let told = 0
  start(
    {
      hasForgotten: () => Promise.resolve(told < 2),
      ledgerKnows: () => {
        told += 1
        return told === 1 ? Promise.reject(new QueueUnavailable('does not answer', 'refused')) : Promise.resolve()
      },
    },
    () => ({}),
  )
  await eventually(() => recalledAfter.length === 2, 'a second recall')
})

test.each(['deliver', 'deliver-slow', 'retry'])(
  'while enough %s jobs wait it brings only a few more of the backlog, and everything else as before',
  async (queue) => {
    let waiting = 5_000
    const counts: Producer['counts'] = () =>
      Promise.resolve({
        publish: {},
        'publish-slow': {},
        deliver: {},
        'deliver-slow': {},
        retry: {},
        [queue]: { waiting },
      })
    const looks = start({ counts }, () => ({ backlogFull: true }))
    await eventually(() => looks.length >= 2, 'the second look')
    const [first, second] = looks
    expect(second?.brought).toBeLessThan((first?.brought ?? 0) / 10)
    expect(second).toEqual({ ...first, brought: second?.brought, parked: second?.brought })
    waiting = 0
    await eventually(() => looks.at(-1)?.brought === first?.brought, 'a full look again')
  },
)

test('while there is anybody to spare it brings little of the backlog at a time, and everything else as before', async () => {
  let isShared = false
  const looks = start(
    {},
    () => ({}),
    () => isShared,
  )
  await eventually(() => looks.length >= 1, 'a look')
  isShared = true
  await eventually(() => looks.length >= 2, 'the second look')
  const [first, second] = looks
  expect(second?.brought).toBeLessThan((first?.brought ?? 0) / 10)
  expect(second).toEqual({ ...first, brought: second?.brought, late: second?.brought })
})

test('what the queue has forgotten is brought as if there were nobody to spare, until that is done', async () => {
  let forgotten = true
  let left = 2
  const looks = start(
    {
      hasForgotten: () => Promise.resolve(forgotten),
      ledgerKnows: () => {
        forgotten = false
        return Promise.resolve()
      },
      counts: () => Promise.resolve({ publish: {}, 'publish-slow': {}, deliver: {}, 'deliver-slow': {}, retry: {} }),
    },
    () => ({ full: left-- > 0 }),
    () => true,
  )
  await eventually(() => looks.length >= 4, 'looks')
  const [first, second, third, fourth] = looks
  expect([second, third]).toEqual([first, first])
  expect(fourth?.late).toBeLessThan((first?.late ?? 0) / 10)
})

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
