import { expect, test } from '@jest/globals'
import { createBatcher, Overloaded } from '../src/index.ts'

interface Call {
  items: number[]
  finish: (results: (string | Error)[]) => void
  fail: (error: Error) => void
}

function controlled(limits: {
  maxSize: number
  maxConcurrent: number
  maxQueued?: number
  maxWaitMs?: number
  gatherMs?: number
}) {
  const calls: Call[] = []
  const batcher = createBatcher<number, string>({
    ...limits,
    run: (items) =>
      new Promise((resolve, reject) => {
        calls.push({ items, finish: resolve, fail: reject })
      }),
  })
  return { batcher, calls }
}

const turn = (): Promise<void> => new Promise((resolve) => setImmediate(resolve))

async function until(condition: () => boolean): Promise<void> {
  while (!condition()) await turn()
}

test('makes one call of what came in one turn of the loop, and gives each caller its own answer', async () => {
  const { batcher, calls } = controlled({ maxSize: 10, maxConcurrent: 1 })
  const answers = Promise.allSettled([batcher.add(1), batcher.add(2), batcher.add(3)])
  await turn()
  expect(calls.map(({ items }) => items)).toEqual([[1, 2, 3]])
  calls[0]?.finish(['one', new Error('two'), 'three'])
  expect(await answers).toEqual([
    { status: 'fulfilled', value: 'one' },
    { status: 'rejected', reason: new Error('two') },
    { status: 'fulfilled', value: 'three' },
  ])
})

test('a full batch leaves at once, also when one before it has ended, however busy the loop is', async () => {
  const { batcher, calls } = controlled({ maxSize: 2, maxConcurrent: 1 })
  const answers = [1, 2, 3, 4, 5].map((item) => batcher.add(item))
  // without a turn of the loop
  expect(calls.map(({ items }) => items)).toEqual([[1, 2]])
  calls[0]?.finish(['one', 'two'])
  await Promise.all(answers.slice(0, 2))
  expect(calls[1]?.items).toEqual([3, 4])
  calls[1]?.finish(['three', 'four'])
  await until(() => calls.length === 3)
  calls[2]?.finish(['five'])
  expect(await Promise.all(answers)).toEqual(['one', 'two', 'three', 'four', 'five'])
})

test('lets the next batch form while one is in flight', async () => {
  const { batcher, calls } = controlled({ maxSize: 10, maxConcurrent: 1 })
  const first = batcher.add(1)
  await turn()
  const others = [batcher.add(2), batcher.add(3)]
  await turn()
  expect(calls).toHaveLength(1)
  calls[0]?.finish(['one'])
  expect(await first).toBe('one')
  await turn()
  expect(calls[1]?.items).toEqual([2, 3])
  calls[1]?.finish(['two', 'three'])
  expect(await Promise.all(others)).toEqual(['two', 'three'])
})

test('keeps to the size and to the number in flight', async () => {
  const { batcher, calls } = controlled({ maxSize: 2, maxConcurrent: 2 })
  const answers = [1, 2, 3, 4, 5].map((item) => batcher.add(item))
  await turn()
  expect(calls.map(({ items }) => items)).toEqual([
    [1, 2],
    [3, 4],
  ])
  calls[0]?.finish(['1', '2'])
  calls[1]?.finish(['3', '4'])
  await Promise.all(answers.slice(0, 4))
  await turn()
  calls[2]?.finish(['5'])
  expect(await Promise.all(answers)).toEqual(['1', '2', '3', '4', '5'])
})

test('a failed call rejects all of its callers and nobody else', async () => {
  const { batcher, calls } = controlled({ maxSize: 1, maxConcurrent: 2 })
  const answers = Promise.allSettled([batcher.add(1), batcher.add(2)])
  await turn()
  calls[0]?.fail(new Error('away'))
  calls[1]?.finish(['two'])
  expect((await answers).map(({ status }) => status)).toEqual(['rejected', 'fulfilled'])
})

test('a call with too few answers rejects rather than leaving someone waiting', async () => {
  const { batcher, calls } = controlled({ maxSize: 2, maxConcurrent: 1 })
  const answers = Promise.allSettled([batcher.add(1), batcher.add(2)])
  await turn()
  calls[0]?.finish(['one'])
  expect((await answers).map(({ status }) => status)).toEqual(['rejected', 'rejected'])
})

test('refuses what exceeds the queue with a coded error', async () => {
  const { batcher, calls } = controlled({ maxSize: 1, maxConcurrent: 1, maxQueued: 1 })
  const first = batcher.add(1)
  await turn()
  const second = batcher.add(2)
  await expect(batcher.add(3)).rejects.toBeInstanceOf(Overloaded)
  await expect(batcher.add(3)).rejects.toMatchObject({ code: 'OVERLOADED' })
  calls[0]?.finish(['one'])
  await first
  await turn()
  calls[1]?.finish(['two'])
  expect(await second).toBe('two')
})

test('close answers everything that was taken, and takes no more', async () => {
  const { batcher, calls } = controlled({ maxSize: 1, maxConcurrent: 1 })
  const answers = [batcher.add(1), batcher.add(2)]
  let closed = false
  const closing = batcher.close().then(() => (closed = true))
  await expect(batcher.add(3)).rejects.toBeInstanceOf(Overloaded)
  await turn()
  calls[0]?.finish(['one'])
  await answers[0]
  await turn()
  expect(closed).toBe(false)
  calls[1]?.finish(['two'])
  await closing
  expect(await Promise.all(answers)).toEqual(['one', 'two'])
})

test('who waits too long for a batch is refused, and what is in flight is not', async () => {
  const { batcher, calls } = controlled({ maxSize: 1, maxConcurrent: 1, maxWaitMs: 20 })
  const first = batcher.add(1)
  await turn()
  await expect(batcher.add(2)).rejects.toBeInstanceOf(Overloaded)
  calls[0]?.finish(['one'])
  expect(await first).toBe('one')
  expect(calls).toHaveLength(1)
  await batcher.close()
})

test('gathers: a turn of the loop that brought more is followed by another', async () => {
  const { batcher, calls } = controlled({ maxSize: 3, maxConcurrent: 1, gatherMs: 60_000 })
  const answers = [batcher.add(1)]
  setImmediate(() => answers.push(batcher.add(2)))
  await turn()
  expect(calls).toHaveLength(0)
  await until(() => calls.length > 0)
  expect(calls[0]?.items).toEqual([1, 2])
  calls[0]?.finish(['one', 'two'])
  expect(await Promise.all(answers)).toEqual(['one', 'two'])
})

test('gathers while a batch is in flight: the next leaves when that is back', async () => {
  const { batcher, calls } = controlled({ maxSize: 3, maxConcurrent: 2, gatherMs: 60_000 })
  const answers = [batcher.add(1)]
  await until(() => calls.length === 1)
  answers.push(batcher.add(2))
  for (let turns = 0; turns < 5; turns++) await turn()
  answers.push(batcher.add(3))
  for (let turns = 0; turns < 5; turns++) await turn()
  expect(calls).toHaveLength(1)
  calls[0]?.finish(['one'])
  await until(() => calls.length === 2)
  expect(calls[1]?.items).toEqual([2, 3])
  calls[1]?.finish(['two', 'three'])
  expect(await Promise.all(answers)).toEqual(['one', 'two', 'three'])
})

test('gathers no longer than it may, and nothing when a batch is full', async () => {
  const { batcher, calls } = controlled({ maxSize: 2, maxConcurrent: 3, gatherMs: 20 })
  const answers = [batcher.add(1)]
  await until(() => calls.length === 1)
  const leftAt = performance.now()
  answers.push(batcher.add(2), batcher.add(3))
  await until(() => calls.length === 2)
  expect(calls[1]?.items).toEqual([2, 3])
  answers.push(batcher.add(4))
  await until(() => calls.length === 3)
  // timers keep whole milliseconds
  expect(performance.now() - leftAt).toBeGreaterThan(18)
  for (const { items, finish } of calls) finish(items.map(String))
  expect(await Promise.all(answers)).toEqual(['1', '2', '3', '4'])
})
