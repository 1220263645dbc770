import { afterAll, beforeAll, describe, expect, test } from '@jest/globals'
import { newId } from '@redrive/core'
import { eventually } from '@redrive/testkit/conditions'
import { backendsUnderTest } from '@redrive/testkit/redis'
import { startWithWorkerOn, type WholeRedrive } from './with-worker.ts'

const NO_RETRY = { retryPolicy: { strategy: 'schedule', delaysSeconds: [], jitter: 0 } }
const MUCH_LATER = { retryPolicy: { strategy: 'fixed', delaySeconds: 3600, maxRetries: 2, jitter: 0 } }

/** The calls of docs/replay.md but for the single delivery's retry, row by row, as an operator and receivers see them. */
describe.each(backendsUnderTest())('sending again, with the queue in $name', (under) => {
  let redrive: WholeRedrive
  let nextType = 0
  beforeAll(async () => {
    redrive = await startWithWorkerOn(under)
  })
  afterAll(() => redrive.close())

  const newType = (): string => `replay.n${String(nextType++)}`
  const post = (path: string, json?: object) => redrive.call('POST', path, json)
  const inSeconds = (seconds: number): string => new Date(Date.now() + seconds * 1000).toISOString()
  async function publish(type: string, more: object = {}): Promise<string> {
    return String((await redrive.ask('POST', '/v1/events', { type, payload: { n: 1 }, ...more }))['id'])
  }
  async function deliveryTo(eventId: string, endpointId: string): Promise<string> {
    let id: unknown
    await eventually(async () => {
      const deliveries = await redrive.listed(`/v1/events/${eventId}/deliveries`)
      id = deliveries.find((one) => one['endpointId'] === endpointId)?.['id']
      return id !== undefined
    }, 'the delivery to be made')
    return String(id)
  }

  /** An event of a type of its own, with an endpoint that has it, one that failed, one that is at it, and one too late. */
  async function scene() {
    const type = newType()
    const letGo = Promise.withResolvers<object>()
    const receivers = {
      done: await redrive.receiver(),
      failed: await redrive.receiver([{ status: 500 }, {}]),
      sending: await redrive.receiver(() => letGo.promise),
      late: await redrive.receiver(),
    }
    const endpoint = async (url: string) => (await redrive.endpoint(url, { eventTypes: [type], ...NO_RETRY })).id
    const done = await endpoint(receivers.done.url)
    const failed = await endpoint(receivers.failed.url)
    const sending = await endpoint(receivers.sending.url)
    const eventId = await publish(type)
    await redrive.becomes(await deliveryTo(eventId, done), 'succeeded')
    await redrive.becomes(await deliveryTo(eventId, failed), 'failed')
    await receivers.sending.waitFor(1)
    const late = await endpoint(receivers.late.url)
    const requests = () =>
      Object.fromEntries(Object.entries(receivers).map(([name, { requests: all }]) => [name, all.length]))
    /** Once nothing is under way any more. */
    async function settled(): Promise<unknown> {
      letGo.resolve({})
      await eventually(async () => {
        const { data } = (await redrive.call('GET', `/v1/events/${eventId}/deliveries`)).json
        return (data as { status: string }[]).every(({ status }) => status === 'succeeded' || status === 'failed')
      }, 'all to have ended')
      return requests()
    }
    return { eventId, type, ids: { done, failed, sending, late }, settled }
  }
  type Scene = Awaited<ReturnType<typeof scene>>

  const RETRIES: [
    what: string,
    body: (ids: Scene['ids']) => object | undefined,
    named: (keyof Scene['ids'])[],
    requests: Record<keyof Scene['ids'], number>,
  ][] = [
    [
      'to all: again, anew, and what is being sent is left alone',
      () => undefined,
      ['done', 'failed', 'sending', 'late'],
      { done: 2, failed: 2, sending: 1, late: 1 },
    ],
    [
      'only what failed: those that have it are spared',
      () => ({ onlyFailed: true }),
      ['failed', 'sending', 'late'],
      { done: 1, failed: 2, sending: 1, late: 1 },
    ],
    ['to one that has it', ({ done }) => ({ endpointId: done }), ['done'], { done: 2, failed: 1, sending: 1, late: 0 }],
    [
      'to one that has it, only if it failed',
      ({ done }) => ({ endpointId: done, onlyFailed: true }),
      [],
      { done: 1, failed: 1, sending: 1, late: 0 },
    ],
    [
      'to one that never got it',
      ({ late }) => ({ endpointId: late }),
      ['late'],
      { done: 1, failed: 1, sending: 1, late: 1 },
    ],
    [
      'to one that is at it',
      ({ sending }) => ({ endpointId: sending }),
      ['sending'],
      { done: 1, failed: 1, sending: 1, late: 0 },
    ],
  ]
  test.each(RETRIES)('an event is retried %s', async (_what, body, named, requests) => {
    const { eventId, ids, settled } = await scene()
    const answer = await post(`/v1/events/${eventId}/retry`, body(ids))
    expect([answer.status, answer.json['eventId']]).toEqual([202, eventId])
    const listed = answer.json['deliveries'] as { endpointId: string; status: string }[]
    const expected = named.map((name) => [ids[name], name === 'sending' ? 'delivering' : 'pending'])
    expect(listed.map((one) => [one.endpointId, one.status]).sort()).toEqual(expected.sort())
    expect(await settled()).toEqual(requests)
  })

  test('an event is resent: all subscribers of now get a new one, with its source', async () => {
    const { eventId, ids, settled } = await scene()
    await settled()
    const again = await redrive.ask('POST', `/v1/events/${eventId}/resend`)
    expect(again).toMatchObject({ sourceEventId: eventId })
    const resent = String(again['id'])
    for (const endpointId of Object.values(ids)) {
      await redrive.becomes(await deliveryTo(resent, endpointId), 'succeeded')
    }
    const once = await redrive.ask('POST', `/v1/events/${resent}/resend`, { endpointId: ids.late })
    expect(once).toMatchObject({ sourceEventId: eventId })
    await redrive.becomes(await deliveryTo(String(once['id']), ids.late), 'succeeded')
    expect(await redrive.listed(`/v1/events/${String(once['id'])}/deliveries`)).toHaveLength(1)
    // the first one's deliveries are as they were
    expect(await redrive.listed(`/v1/events/${eventId}/deliveries`)).toHaveLength(3)
  })

  test.each(['retry', 'resend'])('an event’s %s is refused, saying why', async (action) => {
    const { id: disabled } = await redrive.endpoint('http://127.0.0.1:9/', { status: 'disabled' })
    const { id: deleted } = await redrive.endpoint('http://127.0.0.1:9/')
    await redrive.ask('DELETE', `/v1/endpoints/${deleted}`)
    const path = `/v1/events/${await publish(newType())}/${action}`
    const refusals = [
      [await post(path, { endpointId: disabled }), 409, 'The endpoint is disabled; enable it first'],
      [await post(path, { endpointId: deleted }), 409, 'The endpoint has been deleted'],
      [await post(path, { endpointId: newId() }), 404, 'endpoint'],
      [await post(`/v1/events/${newId()}/${action}`), 404, 'event'],
      [await redrive.raw('POST', path, { key: (await redrive.tenant('Theirs')).key }), 404, 'event'],
    ] as const
    for (const [answer, status, words] of refusals) {
      expect([answer.status, answer.json['detail']]).toEqual([status, expect.stringContaining(words)])
    }
  })

  test('an event that is scheduled or has expired is not retried, and can be resent', async () => {
    const receiver = await redrive.receiver()
    const type = newType()
    await redrive.endpoint(receiver.url, { eventTypes: [type] })
    const scheduled = await publish(type, { deliverAt: inSeconds(3600) })
    const { id: paused } = await redrive.endpoint(receiver.url, { status: 'paused' })
    const expired = await publish(newType(), { endpointId: paused, expiresAt: inSeconds(1) })
    await redrive.becomes(await deliveryTo(expired, paused), 'cancelled')
    expect(await post(`/v1/events/${scheduled}/retry`)).toMatchObject({
      status: 409,
      json: { detail: 'The event waits for its deliverAt; it is delivered then' },
    })
    expect(await post(`/v1/events/${expired}/retry`)).toMatchObject({
      status: 409,
      json: { detail: 'The event has expired; to send its payload all the same, resend it' },
    })
    await redrive.ask('POST', `/v1/endpoints/${paused}/resume`)
    await redrive.ask('POST', `/v1/events/${scheduled}/resend`)
    await redrive.ask('POST', `/v1/events/${expired}/resend`)
    const sources = (await receiver.waitFor(2)).map(({ headers }) => headers['redrive-source-event-id'])
    expect(sources.sort()).toEqual([scheduled, expired].sort())
  })

  describe('cancelling a delivery', () => {
    const cancel = (id: string) => post(`/v1/deliveries/${id}/cancel`)

    test('that is pending or retrying ends it at once; one that is finished is refused, in words', async () => {
      const receiver = await redrive.receiver({ status: 500 })
      const { id: paused } = await redrive.endpoint(receiver.url, { status: 'paused' })
      const pending = await redrive.send(paused)
      const { id: failing } = await redrive.endpoint(receiver.url, MUCH_LATER)
      const retrying = await redrive.send(failing)
      await redrive.becomes(retrying, 'retrying')
      for (const id of [pending, retrying]) {
        expect(await cancel(id)).toMatchObject({ status: 200, json: { id, status: 'cancelled', failure: null } })
        expect(await cancel(id)).toMatchObject({
          status: 409,
          json: { detail: 'The delivery has been cancelled already' },
        })
      }
      await redrive.ask('POST', `/v1/endpoints/${paused}/resume`)
      const succeeding = await redrive.receiver()
      const done = await redrive.send((await redrive.endpoint(succeeding.url)).id)
      await redrive.becomes(done, 'succeeded')
      const failed = await redrive.send((await redrive.endpoint(receiver.url, NO_RETRY)).id)
      await redrive.becomes(failed, 'failed')
      for (const [id, words] of [
        [done, 'succeeded'],
        [failed, 'failed'],
      ] as const) {
        expect(await cancel(id)).toMatchObject({ status: 409, json: { detail: expect.stringContaining(words) } })
      }
      expect((await cancel(newId())).status).toBe(404)
      const { key } = await redrive.tenant('Theirs')
      expect((await redrive.raw('POST', `/v1/deliveries/${pending}/cancel`, { key })).status).toBe(404)
      // one attempt each, of those that were not held back
      expect(receiver.requests).toHaveLength(2)
    })

    test.each([
      ['fails', 500, 'cancelled'],
      ['succeeds', 200, 'succeeded'],
    ])('that is being sent does not cut it short; if it %s it is as it should be', async (_what, answered, status) => {
      const letGo = Promise.withResolvers<object>()
      const receiver = await redrive.receiver(() => letGo.promise)
      const id = await redrive.send((await redrive.endpoint(receiver.url, MUCH_LATER)).id)
      await receiver.waitFor(1)
      expect(await cancel(id)).toMatchObject({ status: 200, json: { status: 'delivering' } })
      letGo.resolve({ status: answered })
      expect(await redrive.becomes(id, status)).toMatchObject({ attemptCount: 1, nextAttemptAt: null })
      expect(receiver.requests).toHaveLength(1)
    })
  })

  describe('recovering an endpoint', () => {
    const recover = (id: string, json: object) => post(`/v1/endpoints/${id}/recover`, json)

    test('sends what failed in that time again, and nothing else', async () => {
      const receiver = await redrive.receiver([{}, { status: 500 }])
      const { id: endpointId } = await redrive.endpoint(receiver.url, NO_RETRY)
      const done = await redrive.send(endpointId)
      await redrive.becomes(done, 'succeeded')
      const ids: string[] = []
      for (let n = 0; n < 3; n++) {
        const id = await redrive.send(endpointId, { n })
        await redrive.becomes(id, 'failed')
        ids.push(id)
      }
      const publishedAt = async (id = ''): Promise<string> => {
        const { eventId } = await redrive.delivery(id)
        return String((await redrive.ask('GET', `/v1/events/${String(eventId)}`))['createdAt'])
      }
      receiver.answerWith({})
      // from the second to before the third
      const started = await recover(endpointId, {
        since: await publishedAt(ids[1]),
        until: await publishedAt(ids[2]),
      })
      expect(started).toMatchObject({ status: 202, json: { status: 'running', matched: 1, mode: 'policy' } })
      await redrive.becomes(ids[1] ?? '', 'succeeded')
      const path = `/v1/retries/${String(started.json['id'])}`
      await eventually(async () => (await redrive.ask('GET', path))['status'] === 'completed', 'its completion')
      expect(await redrive.ask('GET', path)).toMatchObject({ matched: 1, queued: 1, skipped: 0 })
      expect((await redrive.attempts(ids[1] ?? '')).map(({ trigger }) => trigger)).toEqual(['automatic', 'bulk'])
      for (const id of [ids[0], ids[2]]) {
        expect(await redrive.delivery(id ?? '')).toMatchObject({ status: 'failed', attemptCount: 1 })
      }
      expect(await redrive.delivery(done)).toMatchObject({ attemptCount: 1 })
    })

    test('is refused, saying why', async () => {
      const since = inSeconds(-600)
      const { id } = await redrive.endpoint('http://127.0.0.1:9/')
      expect((await recover(newId(), { since })).status).toBe(404)
      const { key } = await redrive.tenant('Theirs')
      expect((await redrive.raw('POST', `/v1/endpoints/${id}/recover`, { key, json: { since } })).status).toBe(404)
      await redrive.ask('POST', `/v1/endpoints/${id}/disable`)
      expect(await recover(id, { since })).toMatchObject({
        status: 409,
        json: { detail: 'The endpoint is disabled; enable it first' },
      })
      await redrive.ask('DELETE', `/v1/endpoints/${id}`)
      expect(await recover(id, { since })).toMatchObject({
        status: 409,
        json: { detail: 'The endpoint has been deleted' },
      })
    })
  })
})
