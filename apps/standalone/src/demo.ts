import { setTimeout as sleep } from 'node:timers/promises'
import { z } from 'zod'
import type { Api, ApiAnswer } from './api.ts'
import type { Credentials } from './credentials.ts'

/** The types that the sample endpoint subscribes to: events of its own, so that it is in nobody's way. */
export const DEMO_EVENT_TYPE = 'demo.hello'
const DEMO_EVENT_TYPES = ['demo.*']
const TENANT_SCOPES = [
  'events:write',
  'events:read',
  'endpoints:read',
  'endpoints:write',
  'secrets:read',
  'deliveries:read',
  'deliveries:retry',
]
const DELIVERY_PATIENCE_MS = 20_000
const FIRST_POLL_MS = 15
const LAST_POLL_MS = 500

const idSchema = z.object({ id: z.string() })
const keySchema = z.object({ key: z.string() })
const endpointSchema = z.object({ id: z.string(), url: z.string(), status: z.string() })
const deliveriesSchema = z.object({
  data: z.array(
    z.object({
      url: z.string(),
      lastAttempt: z
        .object({
          durationMs: z.number(),
          status: z.number().nullable(),
          error: z.object({ message: z.string() }).nullable(),
        })
        .nullable(),
    }),
  ),
})

export interface DemoSetup {
  tenantId: string
  tenantKey: string
  /** null if the address policy refuses a receiver on this machine */
  endpointId: string | null
}

/** What the sample receiver is reachable at, and signs with. */
export interface ReceiverAddress {
  url: string
  secret: string
}

/**
 * Finds the demo's tenant, key and endpoint again, or makes what is missing (on the first start, or if the database is
 * another one now). Everything goes through the HTTP API, as a user would do it.
 */
export async function setUpDemo(
  api: Api,
  operatorKey: string,
  known: Credentials | null,
  receiver: ReceiverAddress,
): Promise<DemoSetup> {
  const tenant = known && (await works(api, known)) ? known : await makeTenant(api, operatorKey)
  const endpointId =
    (known?.tenantId === tenant.tenantId && known.endpointId !== null
      ? await refreshEndpoint(api, tenant.tenantKey, known.endpointId, receiver)
      : null) ?? (await makeEndpoint(api, tenant.tenantKey, receiver))
  return { tenantId: tenant.tenantId, tenantKey: tenant.tenantKey, endpointId }
}

export interface DemoDelivery {
  eventId: string
  /** what came of the first attempt; null if there was none within the time that the demo has */
  attempt: { url: string; answer: string; durationMs: number } | null
}

/** Publishes one event and waits for its delivery, or until the signal is aborted. */
export async function publishDemoEvent(api: Api, tenantKey: string, signal: AbortSignal): Promise<DemoDelivery> {
  const published = await api.call('POST', '/v1/events', tenantKey, {
    body: { type: DEMO_EVENT_TYPE, payload: { message: 'Hello from Redrive', at: new Date().toISOString() } },
  })
  const { id: eventId } = idSchema.parse(expectStatus(published, 202, 'publishing the demo event').body)
  const deadline = performance.now() + DELIVERY_PATIENCE_MS
  for (let pollMs = FIRST_POLL_MS; performance.now() < deadline; pollMs = Math.min(pollMs * 1.3, LAST_POLL_MS)) {
    const answer = await api.call('GET', `/v1/events/${eventId}/deliveries`, tenantKey)
    const [delivery] = deliveriesSchema.parse(expectStatus(answer, 200, 'reading its deliveries').body).data
    if (delivery?.lastAttempt) {
      const { status, error, durationMs } = delivery.lastAttempt
      const said = status === null ? (error?.message ?? 'nothing') : String(status)
      return { eventId, attempt: { url: delivery.url, answer: said, durationMs } }
    }
    await sleep(pollMs, undefined, { signal })
  }
  return { eventId, attempt: null }
}

async function works(api: Api, { tenantKey }: Credentials): Promise<boolean> {
  return (await api.call('GET', '/v1/endpoints?limit=1', tenantKey)).status === 200
}

async function makeTenant(api: Api, operatorKey: string): Promise<{ tenantId: string; tenantKey: string }> {
  const tenant = await api.call('POST', '/v1/tenants', operatorKey, { body: { name: 'Demo' } })
  const { id } = idSchema.parse(expectStatus(tenant, 201, 'making the demo tenant').body)
  const key = await api.call('POST', `/v1/tenants/${id}/api-keys`, operatorKey, {
    body: { name: 'demo', scopes: TENANT_SCOPES },
  })
  return { tenantId: id, tenantKey: keySchema.parse(expectStatus(key, 201, 'making its key').body).key }
}

async function makeEndpoint(api: Api, tenantKey: string, { url, secret }: ReceiverAddress): Promise<string | null> {
  const answer = await api.call('POST', '/v1/endpoints', tenantKey, {
    body: { url, secret, eventTypes: DEMO_EVENT_TYPES, description: "npm start's sample receiver" },
  })
  if (answer.status === 422) return null
  return idSchema.parse(expectStatus(answer, 201, 'making the sample endpoint').body).id
}

/** null if it is gone. Its receiver may have moved to another port, or have been away so long that it was disabled. */
async function refreshEndpoint(api: Api, key: string, id: string, { url }: ReceiverAddress): Promise<string | null> {
  const path = `/v1/endpoints/${id}`
  const found = await api.call('GET', path, key)
  if (found.status !== 200) return null
  const endpoint = endpointSchema.parse(found.body)
  if (endpoint.url === url && endpoint.status !== 'disabled') return id
  const moved = await api.call('PATCH', path, key, { body: { url, status: 'active' } })
  return moved.status === 200 ? id : null
}

function expectStatus(answer: ApiAnswer, status: number, doing: string): ApiAnswer {
  if (answer.status === status) return answer
  const { detail } = z.object({ detail: z.string().optional() }).catch({}).parse(answer.body)
  throw new Error(`${doing} was answered with ${String(answer.status)}${detail === undefined ? '' : `: ${detail}`}`)
}
