import { afterEach, expect, test } from '@jest/globals'
import { newId } from '@redrive/core'
import { type Producer, QueueUnavailable } from '@redrive/queue'
import { silentLog } from '@redrive/runtime'
import type { Sweep } from '@redrive/store'
import { eventually } from '@redrive/testkit/conditions'
import { createReconciler, type Reconciler } from '../src/reconciler.ts'

let reconciler: Reconciler | undefined
afterEach(() => reconciler?.close())

/** A ledger that owes an event at each look, and a queue that is as the test says. */
function start(queue: Partial<Pick<Producer, 'add' | 'counts' | 'ping'>>, owed: (limit: number) => number) {
  const looks: number[] = []
  reconciler = createReconciler({
    ledger: {
      sweep: (limit): Promise<Sweep> => {
        looks.push(limit)
        return Promise.resolve({ eventIds: Array.from({ length: owed(limit) }, newId), deliveries: [], interrupted: 0 })
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
    () => 1,
  )
  await eventually(() => pings >= 2, 'the queue to be asked twice')
  expect(looks).toHaveLength(1)
  isAway = false
  await eventually(() => looks.length >= 2, 'the next look')
})

test('while enough jobs wait it brings only a few more', async () => {
  let waiting = 5_000
  const counts: Producer['counts'] = () =>
    Promise.resolve({ publish: {}, deliver: { waiting }, 'deliver-slow': {}, retry: {} })
  const looks = start({ counts }, (limit) => limit)
  await eventually(() => looks.length >= 2, 'the second look')
  const [first = 0, second = 0] = looks
  expect(second).toBeLessThan(first / 10)
  waiting = 0
  await eventually(() => looks.at(-1) === first, 'a full look again')
})
