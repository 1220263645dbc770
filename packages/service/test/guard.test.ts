import { expect, test } from '@jest/globals'
import { silentLog } from '@redrive/runtime'
import { eventually } from '@redrive/testkit/conditions'
import { createGuard, type Guard } from '../src/guard.ts'

class Unfit extends Error {}

/** A guard whose looks find, one after the other, what is listed, and the last of it for ever. */
function guard(
  finds: ('fit' | 'unfit' | 'away' | 'hanging')[],
  patienceMs?: number,
): Guard & { refused: Error[]; looks: () => number } {
  const refused: Error[] = []
  let looks = 0
  const made = createGuard({
    what: 'the datastore',
    check: () => {
      const found = finds[Math.min(looks++, finds.length - 1)]
      if (found === 'hanging') return new Promise((_, reject) => setTimeout(reject, 200, new Error('no answer')))
      return found === 'fit'
        ? Promise.resolve()
        : Promise.reject(found === 'unfit' ? new Unfit('evicts') : new Error('refused'))
    },
    isUnfit: (error) => error instanceof Unfit,
    refuse: (reason) => void refused.push(reason),
    ...(patienceMs !== undefined && { patienceMs }),
    log: silentLog,
  })
  return { ...made, refused, looks: () => looks }
}

test('one that fits is looked at once', async () => {
  const { unfit, close, refused, looks } = guard(['fit'])
  expect(await unfit).toBeNull()
  await close()
  expect([refused, looks()]).toEqual([[], 1])
})

test('one that is unfit is told at once, and only to whoever waits', async () => {
  const { unfit, close, refused } = guard(['unfit'])
  expect(await unfit).toEqual(new Unfit('evicts'))
  await close()
  expect(refused).toEqual([])
})

test('one that is away does not stop the start, and is refused when it comes back unfit', async () => {
  const { unfit, close, refused, looks } = guard(['away', 'away', 'unfit', 'fit'])
  expect(await unfit).toBeNull()
  await eventually(() => refused.length > 0, 'it to be refused')
  await close()
  expect([refused.length, looks()]).toEqual([1, 3])
})

test('one that hangs keeps the start waiting no longer than it has patience', async () => {
  const { unfit, close, refused, looks } = guard(['hanging', 'unfit'], 20)
  expect([await unfit, refused]).toEqual([null, []])
  await eventually(() => refused.length > 0, 'it to be refused')
  await close()
  expect(looks()).toBe(2)
})

test('after its end nobody is refused', async () => {
  const { unfit, close, refused, looks } = guard(['away', 'unfit'])
  await unfit
  await close()
  expect([refused, looks()]).toEqual([[], 1])
})
