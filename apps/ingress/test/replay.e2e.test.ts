import { afterAll, beforeAll, expect, test } from '@jest/globals'
import { eventually } from '@redrive/testkit/conditions'
import { startWithWorker, type WholeRedrive } from './with-worker.ts'

let redrive: WholeRedrive
let nextType = 0
beforeAll(async () => {
  redrive = await startWithWorker()
})
afterAll(() => redrive.close())

const newType = (): string => `replay.n${String(nextType++)}`
const inSeconds = (seconds: number): string => new Date(Date.now() + seconds * 1000).toISOString()

async function publish(type: string, more: object = {}): Promise<string> {
  return String((await redrive.ask('POST', '/v1/events', { type, payload: { n: 1 }, ...more }))['id'])
}
async function onlyDelivery(eventId: string): Promise<string> {
  await eventually(async () => (await redrive.listed(`/v1/events/${eventId}/deliveries`)).length === 1, 'a delivery')
  return String((await redrive.listed(`/v1/events/${eventId}/deliveries`))[0]?.['id'])
}

test('fifty identical retries of an event make one attempt more, of the same webhook-id', async () => {
  const receiver = await redrive.receiver()
  const type = newType()
  await redrive.endpoint(receiver.url, { eventTypes: [type] })
  const eventId = await publish(type)
  const delivery = await onlyDelivery(eventId)
  await redrive.becomes(delivery, 'succeeded')
  const answers = await Promise.all(
    Array.from({ length: 50 }, () => redrive.call('POST', `/v1/events/${eventId}/retry`)),
  )
  expect(answers.map(({ status }) => status)).toEqual(answers.map(() => 202))
  await receiver.waitFor(2)
  await redrive.becomes(delivery, 'succeeded')
  expect(await redrive.attempts(delivery)).toMatchObject([{ trigger: 'automatic' }, { trigger: 'manual' }])
  expect(receiver.requests.map(({ headers }) => headers['webhook-id'])).toEqual([eventId, eventId])
})

test('a resent event arrives with a new webhook-id and its source', async () => {
  const receiver = await redrive.receiver()
  const type = newType()
  await redrive.endpoint(receiver.url, { eventTypes: [type] })
  const first = await publish(type)
  await receiver.waitFor(1)
  const { id: second } = await redrive.ask('POST', `/v1/events/${first}/resend`)
  await receiver.waitFor(2)
  const { id: third } = await redrive.ask('POST', `/v1/events/${String(second)}/resend`)
  await receiver.waitFor(3)
  expect(receiver.requests.map(({ headers }) => [headers['webhook-id'], headers['redrive-source-event-id']])).toEqual([
    [first, undefined],
    [second, first],
    [third, first],
  ])
  expect(new Set(receiver.requests.map(({ body }) => body.toString())).size).toBe(1)
})

test('a scheduled event goes at its time, to who subscribes then', async () => {
  const receiver = await redrive.receiver()
  const type = newType()
  const deliverAt = inSeconds(2)
  const eventId = await publish(type, { deliverAt })
  expect(await redrive.ask('GET', `/v1/events/${eventId}`)).toMatchObject({
    status: 'scheduled',
    deliverAt,
    deliveries: { total: 0 },
  })
  expect((await redrive.call('POST', `/v1/events/${eventId}/retry`)).status).toBe(409)
  await redrive.endpoint(receiver.url, { eventTypes: [type] })
  const [request] = await receiver.waitFor(1)
  expect(request?.receivedAt.getTime()).toBeGreaterThanOrEqual(Date.parse(deliverAt))
  expect((await redrive.ask('GET', `/v1/events/${eventId}`))['status']).toBe('dispatched')
})

test('what waits for a paused endpoint is cancelled when its event expires, and can only be resent', async () => {
  const receiver = await redrive.receiver()
  const type = newType()
  const { id } = await redrive.endpoint(receiver.url, { eventTypes: [type], status: 'paused' })
  const eventId = await publish(type, { expiresAt: inSeconds(2) })
  const delivery = await onlyDelivery(eventId)
  expect(await redrive.becomes(delivery, 'cancelled')).toMatchObject({
    failure: { code: 'expired' },
    attemptCount: 0,
    nextAttemptAt: null,
  })
  for (const path of [`/v1/events/${eventId}/retry`, `/v1/deliveries/${delivery}/retry`]) {
    const refused = await redrive.call('POST', path)
    expect(refused.json).toMatchObject({ status: 409, detail: expect.stringContaining('expired') })
  }
  await redrive.ask('POST', `/v1/endpoints/${id}/resume`)
  const again = await redrive.ask('POST', `/v1/events/${eventId}/resend`)
  expect(again).toMatchObject({ sourceEventId: eventId, expiresAt: null })
  const [request] = await receiver.waitFor(1)
  expect(request?.headers['webhook-id']).toBe(again['id'])
})

test('a retry that would come after the end is not made', async () => {
  const receiver = await redrive.receiver({ status: 500 })
  const type = newType()
  const retryPolicy = { strategy: 'fixed', delaySeconds: 3600, maxRetries: 3, jitter: 0 }
  await redrive.endpoint(receiver.url, { eventTypes: [type], retryPolicy })
  const delivery = await onlyDelivery(await publish(type, { expiresAt: inSeconds(60) }))
  expect(await redrive.becomes(delivery, 'cancelled')).toMatchObject({ failure: { code: 'expired' }, attemptCount: 1 })
})

test('a cancelled delivery gets no further attempt, until it is retried', async () => {
  const receiver = await redrive.receiver([{ status: 500 }, {}])
  const type = newType()
  const retryPolicy = { strategy: 'fixed', delaySeconds: 3600, maxRetries: 3, jitter: 0 }
  await redrive.endpoint(receiver.url, { eventTypes: [type], retryPolicy })
  const delivery = await onlyDelivery(await publish(type))
  await redrive.becomes(delivery, 'retrying')
  expect(await redrive.ask('POST', `/v1/deliveries/${delivery}/cancel`)).toMatchObject({ status: 'cancelled' })
  expect((await redrive.call('POST', `/v1/deliveries/${delivery}/cancel`)).status).toBe(409)
  await redrive.ask('POST', `/v1/deliveries/${delivery}/retry`)
  await redrive.becomes(delivery, 'succeeded')
  expect(receiver.requests).toHaveLength(2)
})

test('an endpoint recovers what failed, and what it never got', async () => {
  const receiver = await redrive.receiver({ status: 500 })
  const type = newType()
  const retryPolicy = { strategy: 'fixed', delaySeconds: 1, maxRetries: 0, jitter: 0 }
  const { id } = await redrive.endpoint(receiver.url, { eventTypes: [type], retryPolicy })
  const failed = [await publish(type), await publish(type)]
  for (const eventId of failed) await redrive.becomes(await onlyDelivery(eventId), 'failed')
  receiver.answerWith({})
  const recovery = await redrive.ask('POST', `/v1/endpoints/${id}/recover`, { since: inSeconds(-600) })
  expect(recovery['matched']).toBe(2)
  await receiver.waitFor(4)

  const late = await redrive.receiver()
  const { id: lateId } = await redrive.endpoint(late.url, { eventTypes: [type] })
  const filter = { endpointId: lateId }
  expect(await redrive.ask('POST', '/v1/retries', { filter, onlyMissing: true, dryRun: true })).toEqual({ matched: 2 })
  const missing = await redrive.ask('POST', '/v1/retries', { filter, onlyMissing: true })
  const requests = await late.waitFor(2)
  expect(new Set(requests.map(({ headers }) => headers['webhook-id']))).toEqual(new Set(failed))
  for (const { id: retryId } of [recovery, missing]) {
    const path = `/v1/retries/${String(retryId)}`
    await eventually(async () => (await redrive.ask('GET', path))['status'] === 'completed', 'its completion')
    expect(await redrive.ask('GET', path)).toMatchObject({ matched: 2, queued: 2, skipped: 0 })
  }
})
