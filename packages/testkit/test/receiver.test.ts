import { afterEach, beforeEach, describe, expect, test } from '@jest/globals'
import { type Receiver, startReceiver } from '../src/receiver.ts'

let receiver: Receiver
beforeEach(async () => {
  receiver = await startReceiver()
})
afterEach(() => receiver.close())

/** As if requests had been seen at these times, in ms, each having come within so long before. */
function seen(...requests: { at: number; within?: number }[]): void {
  for (const { at, within = 0 } of requests)
    receiver.requests.push({
      method: 'POST',
      url: '/',
      headers: {},
      body: Buffer.alloc(0),
      receivedAt: new Date(at),
      notBefore: new Date(at - within),
    })
}

describe('the most that came within a period', () => {
  test('is counted over any such period', () => {
    seen({ at: 0 }, { at: 900 }, { at: 1_000 }, { at: 1_899 }, { at: 2_500 })
    expect(receiver.mostWithin(1_000)).toBe(3)
    expect(receiver.mostWithin(100)).toBe(1)
    expect(receiver.mostWithin(10_000)).toBe(5)
  })

  test('leaves out what may have come before it, while nobody looked', () => {
    seen({ at: 500, within: 400 }, { at: 1_200 }, { at: 1_300 })
    expect(receiver.mostWithin(1_000)).toBe(2)
  })

  test('has what comes to an idle process at the moment it comes', async () => {
    await fetch(receiver.url, { method: 'POST' })
    const [request] = receiver.requests
    expect(Number(request?.receivedAt) - Number(request?.notBefore)).toBeGreaterThanOrEqual(0)
    expect(Number(request?.notBefore)).toBeGreaterThan(Date.now() - 10_000)
    expect(receiver.mostWithin(1_000)).toBe(1)
  })
})
