import { afterEach, beforeEach, describe, expect, test } from '@jest/globals'
import { deliveryId, newId } from '@redrive/core'
import { eventually } from '@redrive/testkit/conditions'
import { type Receiver, startReceiver } from '@redrive/testkit/receiver'
import { backendsUnderTest } from '@redrive/testkit/redis'
import { Webhook } from 'standardwebhooks'
import { breakDatabase, type Fixture, openFixture } from './harness.ts'

describe.each(backendsUnderTest())('a worker, with its queue in $name', (under) => {
  let fixture: Fixture
  let receiver: Receiver
  beforeEach(async () => {
    fixture = await openFixture(under)
    receiver = await startReceiver()
  })
  afterEach(async () => {
    await fixture.close()
    await receiver.close()
  })

  test('delivers what was published, byte for byte and signed', async () => {
    const { id, secret } = await fixture.endpoint(receiver.url)
    fixture.startWorker()
    const eventId = await fixture.publish()
    const delivery = await fixture.becomes(eventId, 'succeeded')
    expect(delivery).toMatchObject({ id: deliveryId(eventId, id), endpointId: id, attemptCount: 1 })
    const [request] = receiver.requests
    expect(request?.body.toString()).toBe('{"order": 1.0}')
    const headers = request?.headers as Record<string, string> // none of these comes twice
    expect(headers['webhook-id']).toBe(eventId)
    expect(new Webhook(secret).verify(request?.body.toString() ?? '', headers)).toEqual({ order: 1 })
    const [attempt] = await fixture.attempts(delivery.id)
    expect(attempt).toMatchObject({ number: 1, outcome: 'succeeded', response: { status: 200 }, trigger: 'automatic' })
  })

  test('retries until it succeeds: the same id, a fresh timestamp and signature each time', async () => {
    receiver.answerWith([{ status: 500 }, { status: 503 }, { status: 200 }])
    const { secret } = await fixture.endpoint(receiver.url)
    fixture.startWorker()
    const eventId = await fixture.publish()
    const delivery = await fixture.becomes(eventId, 'succeeded')
    const sent = receiver.requests.map(({ headers }) => headers)
    expect(sent.map((headers) => headers['webhook-id'])).toEqual([eventId, eventId, eventId])
    expect(sent.map((headers) => headers['redrive-attempt'])).toEqual(['1', '2', '3'])
    expect(new Set(sent.map((headers) => headers['webhook-timestamp'])).size).toBe(3)
    for (const { headers, body } of receiver.requests) {
      new Webhook(secret).verify(body.toString(), headers as Record<string, string>) // none of these comes twice
    }
    const attempts = await fixture.attempts(delivery.id)
    expect(attempts.map(({ response }) => response?.status)).toEqual([500, 503, 200])
  })

  test('keeps a retry beyond the queue’s horizon in the ledger, and brings it when its time has come', async () => {
    receiver.answerWith([{ status: 500 }, { status: 200 }])
    await fixture.endpoint(receiver.url, {
      retryPolicy: { strategy: 'fixed', delaySeconds: 3 * 86_400, maxRetries: 1, jitter: 0 },
    })
    fixture.startWorker()
    const eventId = await fixture.publish()
    await fixture.becomes(eventId, 'retrying')
    await eventually(async () => {
      const { deliver } = await fixture.producer.counts()
      return Object.values(deliver).every((count) => count === 0)
    }, 'the job to be gone')
    await fixture.letPass()
    const delivery = await fixture.becomes(eventId, 'succeeded')
    expect(delivery.attemptCount).toBe(2)
  })

  test('jobs that are doubled, made by hand or wrong cause no request', async () => {
    const { id } = await fixture.endpoint(receiver.url)
    receiver.answerWith({ delayMs: 200 })
    fixture.startWorker()
    const eventId = await fixture.publish()
    const payload = {
      v: 1 as const,
      deliveryId: deliveryId(eventId, id),
      round: 0,
      tenantId: fixture.tenantId,
      endpointId: id,
      eventType: 'order.created',
    }
    await fixture.producer.add([
      ...Array.from({ length: 20 }, (_, copy) => ({ name: 'deliver' as const, id: `copy-${String(copy)}`, payload })),
      { name: 'retry', id: 'another-lane', payload },
      { name: 'deliver', id: 'later-round', payload: { ...payload, round: 7 } },
      { name: 'deliver', id: 'unknown', payload: { ...payload, deliveryId: newId() } },
      { name: 'publish', id: 'unknown-event', payload: { v: 1, eventIds: [newId()] } },
      { name: 'publish', id: 'publish-again', payload: { v: 1, eventIds: [eventId, eventId] } },
    ])
    await fixture.becomes(eventId, 'succeeded')
    await eventually(async () => {
      const counts = await fixture.producer.counts()
      return Object.values(counts).every(({ waiting, active, delayed }) => !waiting && !active && !delayed)
    }, 'the jobs to be done')
    expect(receiver.requests).toHaveLength(1)
    expect((await fixture.delivery(eventId))?.attemptCount).toBe(1)
  })

  test('a delivery that our own code can’t make is set aside, and stops nothing else', async () => {
    const broken = await fixture.endpoint(receiver.url)
    await fixture.sql('DELETE FROM endpoint_secrets WHERE endpoint_id = $1', [broken.id])
    fixture.startWorker()
    const eventId = await fixture.publish({ endpointId: broken.id })
    await eventually(
      async () => {
        await fixture.letPass()
        return (await fixture.delivery(eventId))?.status === 'failed'
      },
      'the delivery to be set aside',
      20_000,
    )
    expect(await fixture.delivery(eventId)).toMatchObject({ failure: { code: 'internal' }, attemptCount: 0 })
    const health = (await fixture.store.endpoints.get(fixture.tenantId, broken.id))?.health
    expect(health).toMatchObject({ state: 'ok', consecutiveFailures: 0 })
    const well = await fixture.endpoint(receiver.url)
    await fixture.becomes(await fixture.publish({ endpointId: well.id }), 'succeeded')
    expect(receiver.requests).toHaveLength(1)
  })

  test('the database goes away between the answer and its record: recorded once, sent once', async () => {
    await fixture.endpoint(receiver.url)
    let mend: () => Promise<void> = () => Promise.resolve()
    receiver.answerWith(() => {
      mend = breakDatabase(fixture.databaseProxy).mend
      return {}
    })
    fixture.startWorker()
    const eventId = await fixture.publish()
    await receiver.waitFor(1)
    const [{ status } = {}] = await fixture.sql<{ status: string }>('SELECT status FROM deliveries')
    expect(status).toBe('delivering')
    await mend()
    const delivery = await fixture.becomes(eventId, 'succeeded')
    expect(await fixture.attempts(delivery.id)).toHaveLength(1)
    expect(receiver.requests).toHaveLength(1)
  })

  test('requests go on while the results of as many as there are slots can’t be recorded', async () => {
    // as many as a worker has slots here, for first attempts, for jobs and for slow ones: the fourth event would have none
    const endpoints = await Promise.all(Array.from({ length: 16 }, () => fixture.endpoint(receiver.url)))
    const allSent = Promise.withResolvers<true>()
    fixture.startWorker({
      around: (ledger) => ({ ...ledger, record: (results) => allSent.promise.then(() => ledger.record(results)) }),
    })
    try {
      for (const wave of [1, 2, 3, 4]) {
        await fixture.publish()
        await receiver.waitFor(wave * endpoints.length)
      }
      expect(await fixture.sql('SELECT FROM attempts')).toHaveLength(0)
    } finally {
      allSent.resolve(true)
    }
    const succeeded = async () => (await fixture.sql(`SELECT FROM deliveries WHERE status = 'succeeded'`)).length
    await eventually(async () => (await succeeded()) === 4 * endpoints.length, 'all to be recorded', 20_000)
    expect(receiver.requests).toHaveLength(4 * endpoints.length)
  })

  test('what the queue has lost is brought by the reconciler', async () => {
    receiver.answerWith((_request, index) => ({ status: index % 3 === 0 ? 500 : 200 }))
    await fixture.endpoint(receiver.url)
    const eventIds = await Promise.all(Array.from({ length: 60 }, () => fixture.publish({}, { job: false })))
    // half of them were fanned out before their jobs were lost
    await fixture.store.ledger.fanOut(eventIds.slice(0, 30))
    await fixture.letPass()
    fixture.startWorker()
    await Promise.all(eventIds.map((eventId) => fixture.becomes(eventId, 'succeeded', 25_000)))
    expect(new Set(receiver.requests.map(({ headers }) => headers['webhook-id']))).toEqual(new Set(eventIds))
  })
})
