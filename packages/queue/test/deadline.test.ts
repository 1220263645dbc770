import { setTimeout as sleep } from 'node:timers/promises'
import { expect, test } from '@jest/globals'
import { within } from '../src/deadline.ts'

test('an answer that comes in time is it, and one that does not is an error', async () => {
  expect(await within(1_000, sleep(10, 'here'))).toBe('here')
  await expect(within(50, sleep(2_000, 'late', { ref: false }))).rejects.toThrow('no answer within 50 ms')
})

test('what this process stood still itself is not held against whom it waits for', async () => {
  const answer = sleep(20, 'here').then((what) => sleep(20, what))
  const waiting = within(200, answer)
  const until = performance.now() + 500
  while (performance.now() < until);
  expect(await waiting).toBe('here')
})
