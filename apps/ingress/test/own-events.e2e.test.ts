import { afterAll, beforeAll, describe, expect, test } from '@jest/globals'
import { eventually } from '@redrive/testkit/conditions'
import type { ReceivedRequest } from '@redrive/testkit/receiver'
import { Webhook } from 'standardwebhooks'
import { jsonOf, startWithWorker, type WholeRedrive } from './with-worker.ts'

let redrive: WholeRedrive
beforeAll(async () => {
  redrive = await startWithWorker()
})
afterAll(() => redrive.close())

const typeOf = (request: ReceivedRequest): unknown => request.headers['redrive-event-type']

describe('the system’s own events', () => {
  test('a delivery that is given up and one that recovers are told once each, to who subscribed', async () => {
    const watcher = await redrive.receiver()
    await redrive.endpoint(watcher.url, { eventTypes: ['redrive.*'] })
    const deaf = await redrive.receiver()
    const { id: deafId } = await redrive.endpoint(deaf.url, { eventTypes: ['*'] })
    await redrive.ask('POST', `/v1/endpoints/${deafId}/pause`)
    const receiver = await redrive.receiver([{ status: 500 }, { status: 500 }, { status: 503 }, {}])
    const { id } = await redrive.endpoint(receiver.url)

    const delivery = await redrive.send(id)
    const failed = await redrive.becomes(delivery, 'failed')
    const [first] = await watcher.waitFor(1)
    expect(first && typeOf(first)).toBe('redrive.delivery.failed')
    expect(jsonOf(first)).toEqual({
      deliveryId: delivery,
      eventId: failed['eventId'],
      eventType: 'order.made',
      endpointId: id,
      status: 'failed',
      attemptCount: 3,
      httpStatus: 503,
      failure: { code: 'http_status', message: 'The endpoint answered 503 Service Unavailable.' },
      completedAt: failed['completedAt'],
    })

    await redrive.ask('POST', `/v1/deliveries/${delivery}/retry`)
    await redrive.becomes(delivery, 'succeeded')
    const [, second] = await watcher.waitFor(2)
    expect(second && typeOf(second)).toBe('redrive.delivery.recovered')
    expect(jsonOf(second)).toMatchObject({ deliveryId: delivery, status: 'succeeded', attemptCount: 4, failure: null })

    // once more is no recovery: it had succeeded
    await redrive.ask('POST', `/v1/deliveries/${delivery}/retry`, { force: true })
    await receiver.waitFor(5)
    await redrive.becomes(delivery, 'succeeded')
    const own = await redrive.listed('/v1/events?type=redrive.delivery.*')
    expect(own.map((event) => event['type'])).toEqual(['redrive.delivery.recovered', 'redrive.delivery.failed'])
    // `*` does not include them
    expect(await redrive.listed(`/v1/deliveries?endpointId=${deafId}`)).toEqual([])
  })

  test('what fails on its way to a watcher is no news', async () => {
    const watcher = await redrive.receiver({ status: 400 })
    const { id: watching } = await redrive.endpoint(watcher.url, {
      eventTypes: ['redrive.delivery.failed'],
      retryPolicy: { strategy: 'fixed', delaySeconds: 1, maxRetries: 0, jitter: 0 },
    })
    const receiver = await redrive.receiver({ status: 400 })
    const { id } = await redrive.endpoint(receiver.url, {
      retryPolicy: { strategy: 'schedule', delaysSeconds: [], jitter: 0 },
    })
    await redrive.becomes(await redrive.send(id), 'failed')
    const told = async () => (await redrive.listed(`/v1/deliveries?endpointId=${watching}`)).map((row) => row['status'])
    await eventually(async () => (await told()).includes('failed'), 'the watcher to have failed')
    expect(await told()).toEqual(['failed'])
    const failures = await redrive.listed('/v1/events?type=redrive.delivery.failed')
    const about = await Promise.all(failures.map((event) => redrive.ask('GET', `/v1/events/${String(event['id'])}`)))
    expect(about.filter((event) => (event['payload'] as { endpointId: string }).endpointId === watching)).toEqual([])
    await redrive.ask('DELETE', `/v1/endpoints/${watching}`)
  })

  test('without a subscriber they are kept, and sent to nobody', async () => {
    const { id } = await redrive.endpoint('http://127.0.0.1:9/')
    for (const { id: watching, eventTypes } of await redrive.listed('/v1/endpoints')) {
      if (String(eventTypes).startsWith('redrive.')) await redrive.ask('DELETE', `/v1/endpoints/${String(watching)}`)
    }
    await redrive.ask('POST', `/v1/endpoints/${id}/disable`, { reason: 'by hand' })
    const [event] = await redrive.listed('/v1/events?type=redrive.endpoint.disabled')
    expect(await redrive.ask('GET', `/v1/events/${String(event?.['id'])}`)).toMatchObject({
      status: 'dispatched',
      payload: { endpointId: id, reason: 'by hand' },
      deliveries: { total: 0 },
    })
  })
})

describe('the callback', () => {
  test('is told of success and of final failure, signed with the endpoint’s secret, and tried again', async () => {
    const told = await redrive.receiver([{ status: 500 }, {}])
    const receiver = await redrive.receiver([{}, { status: 400 }])
    const { id, secret } = await redrive.endpoint(receiver.url, {
      callbackUrl: `${told.url}/told`,
      headers: { authorization: { value: 'for the receiver alone', sensitive: true } },
      retryPolicy: { strategy: 'schedule', delaysSeconds: [], jitter: 0 },
    })
    const good = await redrive.send(id)
    await redrive.becomes(good, 'succeeded')
    const [refused, taken] = await told.waitFor(2)
    expect(taken?.body).toEqual(refused?.body)
    expect(taken?.headers['webhook-id']).toBe(refused?.headers['webhook-id'])
    expect(taken?.url).toBe('/told')
    expect(taken?.headers.authorization).toBeUndefined()
    new Webhook(secret).verify(taken?.body.toString() ?? '', taken?.headers as Record<string, string>)
    expect(jsonOf(taken)).toMatchObject({
      type: 'redrive.callback',
      data: { deliveryId: good, endpointId: id, eventType: 'order.made', status: 'succeeded', httpStatus: 200 },
    })

    const bad = await redrive.send(id)
    await redrive.becomes(bad, 'failed')
    const third = (await told.waitFor(3))[2]
    expect(jsonOf(third)).toMatchObject({
      data: { deliveryId: bad, status: 'failed', failure: { code: 'http_status' }, attemptCount: 1 },
    })
    // an ordinary delivery, to be looked at and retried, that is shown as the endpoint's
    const callbacks = (): Promise<Record<string, unknown>[]> =>
      redrive.listed('/v1/deliveries?eventType=redrive.callback')
    await eventually(
      async () => (await callbacks()).every((callback) => callback['status'] === 'succeeded'),
      'the callbacks to be recorded',
    )
    expect(await callbacks()).toEqual([
      expect.objectContaining({ endpointId: id, url: `${told.url}/told`, attemptCount: 1 }),
      expect.objectContaining({ endpointId: id, url: `${told.url}/told`, attemptCount: 2 }),
    ])
    // and none of the endpoint's business otherwise
    expect(await redrive.ask('GET', `/v1/endpoints/${id}/stats`)).toMatchObject({
      deliveries: { succeeded: 1, failed: 1 },
    })
  })

  test('that is gone is not the endpoint; a new URL is a new start; none is told when there is none', async () => {
    const gone = await redrive.receiver({ status: 410 })
    const told = await redrive.receiver()
    const receiver = await redrive.receiver()
    const { id } = await redrive.endpoint(receiver.url, { callbackUrl: gone.url })
    await redrive.send(id)
    await gone.waitFor(1)
    const before = await redrive.ask('GET', `/v1/endpoints/${id}`)
    expect(before).toMatchObject({ status: 'active', health: { state: 'ok' } })
    expect(await redrive.listed('/v1/endpoints')).not.toContainEqual(expect.objectContaining({ url: gone.url }))

    await redrive.ask('PATCH', `/v1/endpoints/${id}`, { callbackUrl: told.url })
    await redrive.send(id)
    await told.waitFor(1)

    await redrive.ask('PATCH', `/v1/endpoints/${id}`, { callbackUrl: null })
    const last = await redrive.send(id)
    await redrive.becomes(last, 'succeeded')
    const callbacks = await redrive.listed('/v1/events?type=redrive.callback')
    const about = await Promise.all(callbacks.map((event) => redrive.ask('GET', `/v1/events/${String(event['id'])}`)))
    expect(about.map((event) => (event['payload'] as { deliveryId: string }).deliveryId)).not.toContain(last)
  })

  test('is held to the address policy', async () => {
    const answer = await redrive.call('POST', '/v1/endpoints', {
      url: 'https://receiver.example/',
      callbackUrl: 'http://169.254.169.254/',
    })
    expect(answer.status).toBe(422)
    expect(answer.json['errors']).toEqual([{ pointer: '/callbackUrl', detail: expect.any(String) }])
  })
})
