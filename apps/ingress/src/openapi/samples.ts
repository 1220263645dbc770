/** Example values, so that the documentation tells one story: Acme's order 1042 is shipped. */

export const SAMPLE_ID = '01969f2e-6c00-7000-8000-5f1d2c3b4a59'
export const SAMPLE_TIME = '2026-05-05T12:00:00.000Z'

const EVENT_ID = '01969f2e-6c00-7a10-9c4e-1b7d3f5a9e02'
const ENDPOINT_ID = '01969f2d-1180-7b3c-8d21-6e0a4c8f2b17'
const DELIVERY_ID = '01969f2e-6c00-7a10-8e5b-90c1d4f7a263'

/** By the name of the member, wherever it occurs with no example of its own. */
export const SAMPLES: Record<string, unknown> = {
  eventId: EVENT_ID,
  endpointId: ENDPOINT_ID,
  deliveryId: DELIVERY_ID,
  url: 'https://example.com/webhooks',
  eventType: 'order.shipped',
  name: 'Acme',
  slug: 'acme',
  scopes: ['events:write', 'deliveries:read'],
  key: 'rdk_01969f2e6c00_exampleexampleexampleexample',
  secret: 'whsec_MfKQ9r8GKYqrTwjUPD8ILPZIo2LaLaSwexamples',
  metadata: { source: 'warehouse' },
  payload: { orderId: '1042', carrier: 'DHL' },
}

const lastAttempt = {
  id: '01969f2e-6c00-7a10-b1f3-2d4c6e8a0b91',
  number: 1,
  startedAt: '2026-05-05T12:00:00.031Z',
  durationMs: 84,
  status: 200,
  error: null,
}

const event = {
  id: EVENT_ID,
  tenantId: SAMPLE_ID,
  type: 'order.shipped',
  channel: null,
  subject: { type: 'order', id: '1042' },
  metadata: { source: 'warehouse' },
  idempotencyKey: 'order-1042-shipped',
  sourceEventId: null,
  createdAt: SAMPLE_TIME,
  deliverAt: null,
  expiresAt: null,
  status: 'pending',
}

const delivery = {
  id: DELIVERY_ID,
  number: 71,
  eventId: EVENT_ID,
  eventType: 'order.shipped',
  endpointId: ENDPOINT_ID,
  url: 'https://example.com/webhooks',
  status: 'succeeded',
  attemptCount: 1,
  maxAttempts: 10,
  nextAttemptAt: null,
  failure: null,
  lastAttempt,
  createdAt: SAMPLE_TIME,
  updatedAt: '2026-05-05T12:00:00.117Z',
  completedAt: '2026-05-05T12:00:00.117Z',
}

const attempt = {
  id: lastAttempt.id,
  deliveryId: DELIVERY_ID,
  number: 1,
  trigger: 'automatic',
  startedAt: lastAttempt.startedAt,
  durationMs: lastAttempt.durationMs,
  timings: { dns: 2, connect: 11, tls: 24, firstByte: 46, total: 84 },
  request: {
    method: 'POST',
    url: 'https://example.com/webhooks',
    headers: { 'content-type': 'application/json', 'webhook-id': EVENT_ID, 'webhook-timestamp': '1777982400' },
  },
  response: { status: 200, headers: { 'content-type': 'text/plain' }, body: 'ok', bodyTruncated: false },
  outcome: 'succeeded',
  error: null,
  decision: 'Succeeded: the receiver answered 200',
  nextAttemptAt: null,
}

/** By the name of the component, where the plainest value would not do. */
export const EXAMPLES: Record<string, unknown> = {
  PublishEvent: {
    type: 'order.shipped',
    payload: { orderId: '1042', carrier: 'DHL' },
    subject: { type: 'order', id: '1042' },
    idempotencyKey: 'order-1042-shipped',
  },
  PublishBatch: { events: [{ type: 'order.shipped', payload: { orderId: '1042' } }] },
  PublishedBatch: {
    data: [{ id: EVENT_ID }, { error: { status: 422, detail: 'This is required; any JSON value will do' } }],
  },
  Event: event,
  EventDetail: {
    ...event,
    status: 'dispatched',
    deliveries: { total: 1, succeeded: 1 },
    payload: { orderId: '1042', carrier: 'DHL' },
  },
  CreateEndpoint: { url: 'https://example.com/webhooks', eventTypes: ['order.*'], description: 'The shop’s warehouse' },
  UpdateEndpoint: { eventTypes: ['order.*', 'refund.created'], timeoutSeconds: 10 },
  CreateTenant: { name: 'Acme', slug: 'acme' },
  UpdateTenant: { name: 'Acme International' },
  RetryPolicy: { strategy: 'schedule', delaysSeconds: [5, 300, 1800, 7200], jitter: 0.2 },
  Delivery: delivery,
  Attempt: attempt,
  RetryDelivery: { mode: 'policy' },
}
