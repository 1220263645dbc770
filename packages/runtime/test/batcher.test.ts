import { expect, test } from '@jest/globals'
import { createBatcher, Overloaded } from '../src/index.ts'

interface Call {
  items: number[]
  finish: (results: (string | Error)[]) => void
  fail: (error: Error) => void
}

function controlled(limits: { maxSize: number; maxConcurrent: number; maxQueued?: number; maxWaitMs?: number }) {
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
