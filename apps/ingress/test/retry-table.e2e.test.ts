import { afterAll, beforeAll, describe, expect, test } from '@jest/globals'
import { eventually } from '@redrive/testkit/conditions'
import { backendsUnderTest } from '@redrive/testkit/redis'
import { startWithWorkerOn, type WholeRedrive } from './with-worker.ts'

const ONE_RETRY = { retryPolicy: { strategy: 'fixed', delaySeconds: 1, maxRetries: 1, jitter: 0 } }
const NO_RETRY = { retryPolicy: { strategy: 'schedule', delaysSeconds: [], jitter: 0 } }
const MUCH_LATER = { retryPolicy: { strategy: 'fixed', delaySeconds: 3600, maxRetries: 2, jitter: 0 } }

/** docs/api.md, row by row, as an operator and a receiver see it. */
describe.each(backendsUnderTest())('the table of manual retries, with the queue in $name', (under) => {
  let redrive: WholeRedrive
  beforeAll(async () => {
    redrive = await startWithWorkerOn(under)
  })
  afterAll(() => redrive.close())

  const retry = (id: string, json?: object) => redrive.call('POST', `/v1/deliveries/${id}/retry`, json)
  const triggers = async (id: string) => (await redrive.attempts(id)).map(({ number, trigger }) => [number, trigger])
  /** A delivery that is failed for good after its one attempt. */
  async function failed(answers = [{ status: 500 }], settings: object = NO_RETRY) {
    const receiver = await redrive.receiver(answers)
    const { id: endpointId } = await redrive.endpoint(receiver.url, settings)
    const id = await redrive.send(endpointId)
    await redrive.becomes(id, 'failed')
    return { receiver, endpointId, id }
  }

  test('failed: the policy starts anew, and attempts count up', async () => {
    const { id, receiver } = await failed([{ status: 500 }], ONE_RETRY)
    const answer = await retry(id)
    expect(answer).toMatchObject({
      status: 202,
      json: { id, status: 'pending', attemptCount: 2, maxAttempts: 4, failure: null, completedAt: null },
    })
    expect(redrive.jobs.filter((job) => job.name === 'retry' && job.payload.deliveryId === id)).toHaveLength(1)
    await receiver.waitFor(4)
    expect(await redrive.becomes(id, 'failed')).toMatchObject({ attemptCount: 4, failure: { code: 'http_status' } })
    expect(await triggers(id)).toEqual([
      [1, 'automatic'],
      [2, 'automatic'],
      [3, 'manual'],
      [4, 'automatic'],
    ])
    expect(receiver.requests.map(({ headers }) => headers['redrive-attempt'])).toEqual(['1', '2', '3', '4'])
  })

  test('failed, once: one attempt, whatever the policy says', async () => {
    const { id, receiver } = await failed([{ status: 500 }], ONE_RETRY)
    expect((await retry(id, { mode: 'once' })).json).toMatchObject({ maxAttempts: 3 })
    await receiver.waitFor(3)
    expect(await redrive.becomes(id, 'failed')).toMatchObject({ attemptCount: 3 })
    expect((await redrive.attempts(id)).at(-1)).toMatchObject({
      trigger: 'manual',
      decision: 'Gave up. It was to be tried once only.',
    })
  })

  test('cancelled: queued now', async () => {
    const receiver = await redrive.receiver([{ status: 500 }, {}])
    const { id: endpointId } = await redrive.endpoint(receiver.url, MUCH_LATER)
    const id = await redrive.send(endpointId)
    await redrive.becomes(id, 'retrying')
    await redrive.ask('POST', `/v1/deliveries/${id}/cancel`)
    expect(await retry(id)).toMatchObject({ status: 202, json: { status: 'pending' } })
    expect(await redrive.becomes(id, 'succeeded')).toMatchObject({ attemptCount: 2, failure: null })
  })

  test('retrying: its waiting attempt goes now, and the schedule goes on from there', async () => {
    const receiver = await redrive.receiver({ status: 500 })
    const { id: endpointId } = await redrive.endpoint(receiver.url, MUCH_LATER)
    const id = await redrive.send(endpointId)
    await redrive.becomes(id, 'retrying')
    expect(await retry(id, { mode: 'once' })).toMatchObject({ status: 202, json: { status: 'retrying' } })
    await receiver.waitFor(2)
    await eventually(async () => (await redrive.attempts(id)).length === 2, 'the second attempt')
    const [, second] = await redrive.attempts(id)
    expect(second).toMatchObject({
      trigger: 'manual',
      decision: 'Retry 2 of 2 follows in 1 h, by the retry policy.',
    })
    expect(await redrive.delivery(id)).toMatchObject({ status: 'retrying', maxAttempts: 3 })
  })

  test('pending at a paused endpoint: 202, and it waits for the resume', async () => {
    const receiver = await redrive.receiver()
    const { id: endpointId } = await redrive.endpoint(receiver.url, { status: 'paused' })
    const id = await redrive.send(endpointId)
    expect(await retry(id)).toMatchObject({ status: 202, json: { status: 'pending' } })
    await redrive.ask('POST', `/v1/endpoints/${endpointId}/resume`)
    await redrive.becomes(id, 'succeeded')
    expect(receiver.requests).toHaveLength(1)
  })

  test('succeeded: 409, or sent again with force', async () => {
    const receiver = await redrive.receiver()
    const { id: endpointId } = await redrive.endpoint(receiver.url)
    const id = await redrive.send(endpointId)
    await redrive.becomes(id, 'succeeded')
    for (const json of [undefined, { force: false }, { mode: 'once' }]) {
      expect(await retry(id, json)).toMatchObject({
        status: 409,
        json: { detail: 'The delivery has succeeded; to send it once more all the same, say force: true' },
      })
    }
    expect((await retry(id, { force: true })).status).toBe(202)
    await receiver.waitFor(2)
    expect(await redrive.becomes(id, 'succeeded')).toMatchObject({ attemptCount: 2 })
  })

  test('delivering: 409, forced or not', async () => {
    const receiver = await redrive.receiver({ delayMs: 1_000 })
    const { id: endpointId } = await redrive.endpoint(receiver.url)
    const id = await redrive.send(endpointId)
    await receiver.waitFor(1)
    for (const json of [{}, { force: true }]) {
      expect(await retry(id, json)).toMatchObject({
        status: 409,
        json: { detail: 'The delivery is being sent at this moment' },
      })
    }
    expect(await redrive.becomes(id, 'succeeded')).toMatchObject({ attemptCount: 1 })
  })

  test('endpoint disabled or deleted, event expired: 409, saying so; another’s does not exist', async () => {
    const { id, endpointId } = await failed()
    await redrive.ask('POST', `/v1/endpoints/${endpointId}/disable`)
    expect(await retry(id)).toMatchObject({
      status: 409,
      json: { detail: 'The endpoint is disabled; enable it first' },
    })
    await redrive.ask('DELETE', `/v1/endpoints/${endpointId}`)
    const { eventId } = await redrive.delivery(id)
    const gone = { status: 409, json: { detail: 'The endpoint has been deleted' } }
    expect(await retry(id)).toMatchObject(gone)
    for (const action of ['retry', 'resend']) {
      expect(await redrive.call('POST', `/v1/events/${String(eventId)}/${action}`, { endpointId })).toMatchObject(gone)
    }

    const receiver = await redrive.receiver({ status: 500 })
    const shortLived = await redrive.endpoint(receiver.url, NO_RETRY)
    const expiresAt = new Date(Date.now() + 2_500).toISOString()
    const expired = await redrive.send(shortLived.id, {}, { expiresAt })
    await redrive.becomes(expired, 'failed')
    await eventually(() => Date.now() > Date.parse(expiresAt), 'the event to expire')
    expect(await retry(expired)).toMatchObject({ status: 409, json: { detail: 'The event has expired' } })

    const { key } = await redrive.tenant('Theirs')
    const path = `/v1/deliveries/${expired}/retry`
    expect((await redrive.raw('POST', path, { key })).status).toBe(404)
  })

  test.each([
    ['fails at once', { status: 500 }, 'failed'],
    ['succeeds at once', {}, 'succeeded'],
  ] as const)('fifty identical calls at once make one attempt, though it %s', async (_, answer, status) => {
    const { id, receiver } = await failed()
    receiver.answerWith(answer)
    const answers = await Promise.all(Array.from({ length: 50 }, () => retry(id, { mode: 'once' })))
    // 409 for a call that comes so late that the attempt is being made
    expect(answers.filter((one) => one.status !== 202 && one.status !== 409)).toEqual([])
    await receiver.waitFor(2)
    await redrive.becomes(id, status)
    // what was queued twice would be there before what is queued now
    const later = await failed()
    await retry(later.id)
    await later.receiver.waitFor(2)
    expect(await redrive.delivery(id)).toMatchObject({ status, attemptCount: 2 })
    expect(receiver.requests).toHaveLength(2)
  })
})
