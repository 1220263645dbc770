import { afterAll, beforeAll, describe, expect, test } from '@jest/globals'
import { eventually } from '@redrive/testkit/conditions'
import { backendsUnderTest } from '@redrive/testkit/redis'
import { startWithWorkerOn, type WholeRedrive } from './with-worker.ts'

/** Every body of the call. */
const BODIES = (['policy', 'once'] as const).flatMap((mode) => [false, true].map((force) => ({ mode, force })))
type Body = (typeof BODIES)[number]
/** Retried in that mode, to a receiver that answers 500 again: a policy that starts anew goes on. */
const AFTER = { policy: 'retrying', once: 'failed' } as const

/** In each state, what the call is answered, and what there is once all has come of it. */
const STATES: [
  state: 'failed' | 'cancelled' | 'retrying' | 'pending' | 'succeeded' | 'delivering',
  outcome: (body: Body) => { answer: number; status: string; attempts: number },
][] = [
  ['failed', ({ mode }) => ({ answer: 202, status: AFTER[mode], attempts: 2 })],
  ['cancelled', ({ mode }) => ({ answer: 202, status: AFTER[mode], attempts: 2 })],
  // what waits goes on by the policy that it waits by
  ['retrying', () => ({ answer: 202, status: 'retrying', attempts: 2 })],
  ['pending', () => ({ answer: 202, status: 'retrying', attempts: 1 })],
  [
    'succeeded',
    ({ mode, force }) =>
      force ? { answer: 202, status: AFTER[mode], attempts: 2 } : { answer: 409, status: 'succeeded', attempts: 1 },
  ],
  ['delivering', () => ({ answer: 409, status: 'retrying', attempts: 1 })],
]

/** docs/api.md: every state of a delivery with every body of the call. What rows say in words is in retry-table. */
describe.each(backendsUnderTest())('a manual retry in each state, with the queue in $name', (under) => {
  let redrive: WholeRedrive
  beforeAll(async () => {
    redrive = await startWithWorkerOn(under)
  })
  afterAll(() => redrive.close())

  /** A delivery in this state; `goOn` lets come what the state holds up. Its receiver answers 500 from now on. */
  async function inState(state: (typeof STATES)[number][0]) {
    const held = Promise.withResolvers<object>()
    const first: Record<typeof state, { status: number }> = {
      failed: { status: 400 },
      cancelled: { status: 500 },
      retrying: { status: 500 },
      pending: { status: 500 },
      succeeded: { status: 200 },
      delivering: { status: 500 },
    }
    const receiver = await redrive.receiver(async (_request, index) => {
      if (state === 'delivering') await held.promise
      return index === 0 ? first[state] : { status: 500 }
    })
    const { id: endpointId } = await redrive.endpoint(receiver.url, {
      retryPolicy: {
        strategy: 'fixed',
        delaySeconds: 3600,
        maxRetries: 2,
        jitter: 0,
        giveUpOn: { statuses: ['400'] },
      },
      ...(state === 'pending' && { status: 'paused' }),
    })
    const id = await redrive.send(endpointId)
    await redrive.becomes(id, state === 'cancelled' ? 'retrying' : state)
    if (state === 'cancelled') await redrive.ask('POST', `/v1/deliveries/${id}/cancel`)
    const goOn = async (): Promise<void> => {
      held.resolve({})
      if (state === 'pending') await redrive.ask('POST', `/v1/endpoints/${endpointId}/resume`)
    }
    return { id, receiver, goOn }
  }

  test.each(STATES)('%s, whatever the body', async (state, outcome) => {
    const seen = await Promise.all(
      BODIES.map(async (body) => {
        const { id, receiver, goOn } = await inState(state)
        const answer = await redrive.call('POST', `/v1/deliveries/${id}/retry`, body)
        await goOn()
        const expected = outcome(body)
        await eventually(
          async () => (await redrive.delivery(id))['attemptCount'] === expected.attempts,
          `${state} with ${JSON.stringify(body)} to have its attempts`,
        )
        const { status, attemptCount } = await redrive.becomes(id, expected.status)
        return { answer: answer.status, status, attempts: attemptCount, requests: receiver.requests.length }
      }),
    )
    expect(seen).toEqual(BODIES.map(outcome).map((expected) => ({ ...expected, requests: expected.attempts })))
  })
})
