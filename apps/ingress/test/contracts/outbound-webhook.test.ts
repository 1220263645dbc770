import { afterAll, beforeAll, beforeEach, expect, test } from '@jest/globals'
import { type Installation, NO_RETRIES, NO_SUCH_ID, startInstallation } from './support.ts'

let on: Installation
beforeAll(async () => {
  on = await startInstallation()
})
afterAll(() => on.close())
beforeEach(() => {
  on.receiver.answerWith({})
  on.receiver.requests.length = 0
})

const retry = (id: string, call: object = {}) =>
  on.foreign('POST', `/v1/outbound-webhook/deliveries/${id}/retry`, {
    headers: { authorization: `Bearer ${on.ours.key}` },
    ...call,
  })

/** A delivery that has failed, of an event with ids of the producer's own. */
async function failed(settings: object = {}, metadata: object = {}) {
  on.receiver.answerWith({ status: 500, headers: { 'x-why': 'broken' }, body: 'sorry' })
  const endpoint = await on.endpoint({ eventTypes: ['run.done'], retryPolicy: NO_RETRIES, ...settings })
  const eventId = await on.publish({ type: 'run.done', payload: { n: 12 }, endpointId: endpoint.id, metadata })
  const [delivery] = await on.deliveries(eventId, 1, 'failed')
  if (!delivery) throw new Error('there is no delivery')
  on.receiver.answerWith({})
  on.receiver.requests.length = 0
  return { endpoint, eventId, delivery }
}

test.each([
  ['{}', { text: '{}', headers: { 'content-type': 'application/json' } }],
  ['none', {}],
])(
  'a failed delivery is retried, body %s',
  async (_what, { headers, ...body }: { headers?: object; text?: string }) => {
    const { endpoint, eventId, delivery } = await failed(
      {
        bodyFormat: 'standard',
        headers: { 'x-team': 'a', authorization: { value: 'Bearer hush', sensitive: true } },
      },
      { runId: 'run-1', nodeId: 'node-2', workflowId: 'flow-3' },
    )
    const answer = await retry(delivery.id, {
      ...body,
      headers: { authorization: `Bearer ${on.ours.key}`, ...headers },
    })
    expect(answer.status).toBe(200)
    const event = await on.native('GET', `/v1/events/${eventId}`)
    const sent = { type: 'run.done', timestamp: event.json['createdAt'], data: { n: 12 } }
    const attempt = delivery.lastAttempt
    expect(answer.json).toEqual({
      code: 200,
      message: 'Success',
      requestId: expect.stringMatching(/^req_[0-9a-f]{32}$/),
      data: {
        id: delivery.id,
        organizationId: on.ours.id,
        url: on.receiver.url,
        method: 'POST',
        status: 'retrying',
        requestHeaders: expect.objectContaining({
          'x-team': 'a',
          authorization: '[redacted]',
          'content-type': 'application/json',
          'webhook-id': eventId,
          'redrive-attempt': '1',
        }),
        requestBody: sent,
        responseStatus: 500,
        responseHeaders: expect.objectContaining({ 'x-why': 'broken' }),
        responseBody: 'sorry',
        durationMs: attempt?.durationMs,
        errorMessage: attempt?.error?.message,
        retryCount: 0,
        maxRetries: 1,
        nextRetryAt: expect.stringMatching(/Z$/),
        createdAt: delivery.createdAt.toISOString(),
        updatedAt: expect.stringMatching(/Z$/),
        runId: 'run-1',
        nodeId: 'node-2',
        workflowId: 'flow-3',
      },
    })
    expect(answer.text).not.toContain('hush')
    const requestId = answer.json['requestId']
    expect(answer.headers.get('x-request-id')).toBe(requestId)
    expect(on.server.lines).toContainEqual(expect.objectContaining({ message: 'request', requestId, status: 200 }))
    const [request] = await on.receiver.waitFor(1)
    expect(request?.headers).toMatchObject({
      'webhook-id': eventId,
      'redrive-delivery-id': delivery.id,
      'redrive-attempt': '2',
      authorization: 'Bearer hush',
    })
    expect(JSON.parse(request?.body.toString() ?? '')).toEqual(sent)
    await on.deliveries(eventId, 1, 'succeeded')
    expect(endpoint.number).toBeGreaterThan(0)
  },
)

test('a delivery that was cancelled before any attempt has nulls for what never was', async () => {
  const endpoint = await on.endpoint({ status: 'paused' })
  const eventId = await on.publish({ type: 'run.done', payload: {}, endpointId: endpoint.id })
  const [delivery] = await on.deliveries(eventId, 1, 'pending')
  const id = String(delivery?.id)
  const early = await retry(id)
  expect(early.status).toBe(400)
  expect(early.json['message']).toMatch(/pending.*never tried/)
})

test('each error is the envelope without data', async () => {
  const { endpoint, delivery } = await failed()
  const expectError = async (answer: ReturnType<typeof retry>, code: number, message: RegExp) => {
    const { status, json, headers } = await answer
    expect(json).toEqual({ code, message: expect.stringMatching(message), requestId: headers.get('x-request-id') })
    expect(status).toBe(code)
    expect(json['requestId']).toMatch(/^req_/)
  }
  await expectError(retry('12'), 400, /malformed/)
  await expectError(retry(NO_SUCH_ID), 404, /no such delivery/)
  const bearer = (key: string) => ({ headers: { authorization: `Bearer ${key}` } })
  await expectError(retry(delivery.id, { headers: {} }), 401, /./)
  await expectError(retry(delivery.id, bearer('rdk_no')), 401, /./)
  await expectError(retry(delivery.id, bearer(await on.keyFor('deliveries:read'))), 403, /deliveries:retry/)
  await expectError(retry(delivery.id, bearer(on.theirs.key)), 404, /no such delivery/)
  await expectError(on.foreign('GET', '/v1/outbound-webhook/deliveries'), 404, /./)
  await expectError(on.foreign('GET', `/v1/outbound-webhook/deliveries/${delivery.id}/retry`), 405, /GET/)
  expect((await retry(delivery.id)).status).toBe(200)
  await on.deliveries(delivery.eventId, 1, 'succeeded')
  await expectError(retry(delivery.id), 400, /succeeded/)
  const other = await failed()
  await on.native('PATCH', `/v1/endpoints/${other.endpoint.id}`, { json: { status: 'disabled' } })
  await expectError(retry(other.delivery.id), 400, /disabled/)
  await on.native('DELETE', `/v1/endpoints/${other.endpoint.id}`)
  await expectError(retry(other.delivery.id), 400, /deleted/)
  expect(endpoint.id).not.toBe(other.endpoint.id)
})

test.each([
  ['page=2', 'page: There is no such field here'],
  ['limit=0', 'limit: There is no such field here'],
  ['page=2&limit=0', 'page: There is no such field here; limit: There is no such field here'],
])('a query that it does not have is told by field: %s', async (query, message) => {
  const answer = await on.foreign('POST', `/v1/outbound-webhook/deliveries/${NO_SUCH_ID}/retry?${query}`, {
    headers: { authorization: `Bearer ${on.ours.key}` },
  })
  const requestId = answer.headers.get('x-request-id')
  expect([answer.status, answer.json]).toEqual([400, { code: 400, message, requestId }])
})

test('the caller’s own request id is kept where it has the form', async () => {
  const headers = { authorization: `Bearer ${on.ours.key}`, 'x-request-id': 'req_mine' }
  expect((await retry(NO_SUCH_ID, { headers })).json['requestId']).toBe('req_mine')
})
