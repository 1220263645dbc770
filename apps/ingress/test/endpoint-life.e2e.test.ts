import { afterAll, beforeAll, describe, expect, test } from '@jest/globals'
import { eventually } from '@redrive/testkit/conditions'
import type { ReceivedRequest } from '@redrive/testkit/receiver'
import { Webhook } from 'standardwebhooks'
import { jsonOf, startWithWorker, type WholeRedrive } from './with-worker.ts'

let redrive: WholeRedrive
beforeAll(async () => {
  redrive = await startWithWorker({ concurrency: 1 })
})
afterAll(() => redrive.close())

const signatures = (request: ReceivedRequest | undefined): string[] =>
  String(request?.headers['webhook-signature']).split(' ')

function verifies(request: ReceivedRequest | undefined, secret: string): boolean {
  try {
    new Webhook(secret).verify(request?.body.toString() ?? '', request?.headers as Record<string, string>)
    return true
  } catch {
    return false
  }
}

describe('the test event', () => {
  test('is signed, recorded and answered with its attempt', async () => {
    const receiver = await redrive.receiver({ status: 204, headers: { 'x-from': 'receiver' } })
    const { id, secret } = await redrive.endpoint(receiver.url, { headers: { 'x-team': 'a' } })
    const attempt = await redrive.ask('POST', `/v1/endpoints/${id}/test`)
    expect(attempt).toMatchObject({
      number: 1,
      trigger: 'manual',
      outcome: 'succeeded',
      request: { url: receiver.url, headers: { 'x-team': 'a' } },
      response: { status: 204, headers: { 'x-from': 'receiver' } },
    })
    const [request] = await receiver.waitFor(1)
    expect(verifies(request, secret)).toBe(true)
    expect(request?.headers['redrive-event-type']).toBe('redrive.test')
    expect(await redrive.delivery(String(attempt['deliveryId']))).toMatchObject({ status: 'succeeded', endpointId: id })
    expect(await redrive.listed('/v1/events?type=redrive.test')).toHaveLength(1)
    expect(await redrive.listed('/v1/events')).toEqual([])
  })

  test('one of one’s own is sent byte for byte, and one that fails is not tried again', async () => {
    const receiver = await redrive.receiver({ status: 500, body: 'broken' })
    const { id } = await redrive.endpoint(receiver.url)
    const answer = await redrive.raw('POST', `/v1/endpoints/${id}/test`, {
      key: redrive.tenantKey,
      text: '{"type":"order.made","payload":{"b": 1.0,  "a":12345678901234567890}}',
    })
    expect(answer.json).toMatchObject({
      outcome: 'failed',
      error: { code: 'http_status', message: 'The endpoint answered 500 Internal Server Error.' },
      decision: 'Gave up. It was to be tried once only.',
      nextAttemptAt: null,
    })
    expect(receiver.requests[0]?.body.toString()).toBe('{"b": 1.0,  "a":12345678901234567890}')
    expect(await redrive.delivery(String(answer.json['deliveryId']))).toMatchObject({
      status: 'failed',
      attemptCount: 1,
    })
  })

  test('the type is a producer’s, the payload not too large', async () => {
    const { id } = await redrive.endpoint('http://127.0.0.1:9/')
    expect((await redrive.call('POST', `/v1/endpoints/${id}/test`, { type: 'redrive.endpoint.disabled' })).status).toBe(
      422,
    )
    expect((await redrive.call('POST', `/v1/endpoints/${id}/test`, { type: 'a b' })).status).toBe(422)
    expect((await redrive.call('POST', `/v1/endpoints/${id}/test`, { payload: 'x'.repeat(70_000) })).status).toBe(413)
  })
})

/** So that what comes second is seen to. */
const ONE_AT_A_TIME = { maxConcurrency: 1 }

describe('pause', () => {
  test('keeps deliveries, and on resume they go out by age', async () => {
    const receiver = await redrive.receiver()
    const { id } = await redrive.endpoint(receiver.url, ONE_AT_A_TIME)
    await redrive.ask('POST', `/v1/endpoints/${id}/pause`)
    const deliveries: string[] = []
    for (let n = 0; n < 12; n++) deliveries.push(await redrive.send(id, { n }))
    const retried = await redrive.ask('POST', `/v1/deliveries/${String(deliveries[3])}/retry`)
    expect(retried['status']).toBe('pending')
    expect(receiver.requests).toHaveLength(0)
    await redrive.ask('POST', `/v1/endpoints/${id}/resume`)
    await receiver.waitFor(12)
    expect(receiver.requests.map((request) => jsonOf(request)['n'])).toEqual(Array.from({ length: 12 }, (_, n) => n))
    for (const delivery of deliveries) await redrive.becomes(delivery, 'succeeded')
    expect(await redrive.ask('GET', `/v1/endpoints/${id}/stats`)).toMatchObject({
      deliveries: { succeeded: 12 },
      attempts: 12,
      successRate: 1,
      latencyMs: { p50: expect.any(Number), p99: expect.any(Number) },
    })
  })
})

describe('disabling', () => {
  test('410 disables at once, says so once, and what waits fails; enabling lets it work again', async () => {
    const watcher = await redrive.receiver()
    const watching = await redrive.endpoint(watcher.url, { eventTypes: ['redrive.endpoint.*'] })
    const receiver = await redrive.receiver([{ status: 410 }, {}])
    const { id } = await redrive.endpoint(receiver.url, ONE_AT_A_TIME)
    await redrive.ask('POST', `/v1/endpoints/${id}/pause`)
    const deliveries = [
      await redrive.send(id, { n: 0 }),
      await redrive.send(id, { n: 1 }),
      await redrive.send(id, { n: 2 }),
    ]
    await redrive.ask('POST', `/v1/endpoints/${id}/resume`)
    await redrive.becomes(String(deliveries[0]), 'failed')
    for (const waiting of deliveries.slice(1)) {
      expect(await redrive.becomes(waiting, 'failed')).toMatchObject({ failure: { code: 'endpoint_disabled' } })
    }
    expect(await redrive.ask('GET', `/v1/endpoints/${id}`)).toMatchObject({
      status: 'disabled',
      disabledReason: 'The endpoint answered 410 Gone.',
    })
    expect((await redrive.call('POST', `/v1/deliveries/${String(deliveries[1])}/retry`)).status).toBe(409)
    expect(receiver.requests).toHaveLength(1)

    await watcher.waitFor(1)
    await redrive.ask('POST', `/v1/endpoints/${id}/enable`)
    await redrive.ask('POST', `/v1/deliveries/${String(deliveries[1])}/retry`)
    await redrive.becomes(String(deliveries[1]), 'succeeded')
    const [disabled, enabled] = await watcher.waitFor(2)
    expect([disabled, enabled].map((request) => request?.headers['redrive-event-type'])).toEqual([
      'redrive.endpoint.disabled',
      'redrive.endpoint.enabled',
    ])
    expect(jsonOf(disabled)).toMatchObject({
      endpointId: id,
      url: receiver.url,
      reason: 'The endpoint answered 410 Gone.',
    })
    expect(verifies(disabled, watching.secret)).toBe(true)
    const own = await redrive.listed('/v1/events?type=redrive.endpoint.*')
    expect(own.map((event) => event['type'])).toEqual(['redrive.endpoint.enabled', 'redrive.endpoint.disabled'])
    await redrive.ask('DELETE', `/v1/endpoints/${watching.id}`)
  })

  test('failing for too long without one success disables, and the attempt says why', async () => {
    const receiver = await redrive.receiver({ status: 500 })
    const { id } = await redrive.endpoint(receiver.url, {
      disableAfterSeconds: 1,
      retryPolicy: { strategy: 'fixed', delaySeconds: 1, maxRetries: 9, jitter: 0 },
    })
    const delivery = await redrive.send(id)
    expect(await redrive.becomes(delivery, 'failed')).toMatchObject({ failure: { code: 'endpoint_disabled' } })
    const { disabledReason } = await redrive.ask('GET', `/v1/endpoints/${id}`)
    expect(disabledReason).toMatch(/^It has failed since \d{4}-\S+Z without one success\.$/)
    const last = (await redrive.attempts(delivery)).at(-1)
    expect(last?.['decision']).toContain(`The endpoint is disabled: ${String(disabledReason)}`)
  })

  test('a success on the last attempt does not, though by then it has failed for as long', async () => {
    const receiver = await redrive.receiver([{ status: 500 }, { status: 500 }, { delayMs: 1500 }])
    const { id } = await redrive.endpoint(receiver.url, { disableAfterSeconds: 3 })
    await redrive.becomes(await redrive.send(id), 'succeeded')
    expect(await redrive.ask('GET', `/v1/endpoints/${id}`)).toMatchObject({ status: 'active', health: { state: 'ok' } })
  })
})

test('after a rotation both secrets sign, until the old one ends by itself', async () => {
  const receiver = await redrive.receiver()
  const { id, secret: old } = await redrive.endpoint(receiver.url)
  const { secret, previousExpiresAt } = await redrive.ask('POST', `/v1/endpoints/${id}/secret/rotate`, {
    graceSeconds: 2,
  })
  await redrive.ask('POST', `/v1/endpoints/${id}/test`)
  const during = receiver.requests[0]
  expect(signatures(during)).toHaveLength(2)
  expect([verifies(during, old), verifies(during, String(secret))]).toEqual([true, true])
  await eventually(() => Date.now() > Date.parse(String(previousExpiresAt)), 'the grace to end')
  await redrive.ask('POST', `/v1/endpoints/${id}/test`)
  const after = receiver.requests[1]
  expect(signatures(after)).toHaveLength(1)
  expect([verifies(after, old), verifies(after, String(secret))]).toEqual([false, true])
})

test('a test event of one’s own type is no news, counts for nothing, and is not sent again in bulk', async () => {
  const news = async () => (await redrive.listed('/v1/events?type=redrive.delivery.failed')).length
  const before = await news()
  const told = await redrive.receiver()
  const receiver = await redrive.receiver({ status: 500 })
  const { id } = await redrive.endpoint(receiver.url, { callbackUrl: told.url })
  const test = await redrive.ask('POST', `/v1/endpoints/${id}/test`, { type: 'order.made' })
  expect(await redrive.delivery(String(test['deliveryId']))).toMatchObject({ status: 'failed' })
  expect(await redrive.ask('GET', `/v1/endpoints/${id}`)).toMatchObject({
    health: { state: 'ok', consecutiveFailures: 0 },
  })
  expect(await news()).toBe(before)
  expect(await redrive.listed('/v1/events?type=redrive.callback')).toEqual([])
  expect(await redrive.ask('GET', `/v1/endpoints/${id}/stats`)).toMatchObject({ attempts: 0, successRate: null })
  const count = { filter: { endpointId: id }, dryRun: true }
  expect(await redrive.ask('POST', '/v1/retries', count)).toEqual({ matched: 0 })
  // as the same from a producer is, does and will be
  receiver.answerWith({ status: 410 })
  const delivery = await redrive.send(id)
  await redrive.becomes(delivery, 'failed')
  await told.waitFor(1)
  expect(await news()).toBe(before + 1)
  await redrive.ask('POST', `/v1/endpoints/${id}/enable`)
  expect(await redrive.ask('POST', '/v1/retries', count)).toEqual({ matched: 1 })
})

test('neither a resume nor a PATCH ends the pause that the endpoint asked for', async () => {
  const receiver = await redrive.receiver([{ status: 429, headers: { 'retry-after': '3' } }, {}])
  const { id } = await redrive.endpoint(receiver.url)
  const delivery = await redrive.send(id)
  await redrive.becomes(delivery, 'retrying')
  const other = await redrive.send(id)
  await redrive.ask('POST', `/v1/endpoints/${id}/pause`)
  await redrive.ask('POST', `/v1/endpoints/${id}/resume`)
  await redrive.ask('PATCH', `/v1/endpoints/${id}`, { status: 'disabled' })
  await redrive.ask('PATCH', `/v1/endpoints/${id}`, { status: 'active' })
  expect(await redrive.ask('GET', `/v1/endpoints/${id}`)).toMatchObject({ health: { state: 'ok' } })
  const third = await redrive.send(id)
  await redrive.becomes(third, 'succeeded')
  const [first, ...rest] = receiver.requests.map(({ receivedAt }) => receivedAt.getTime())
  for (const at of rest) expect(at - Number(first)).toBeGreaterThanOrEqual(3_000)
  for (const waiting of [delivery, other]) await redrive.becomes(waiting, 'succeeded')
})
