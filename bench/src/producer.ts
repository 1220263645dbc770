import { now } from './helper.ts'
import { OPERATOR_KEY } from './installation.ts'

/** The API as a producer calls it. */
export interface Producer {
  tenant(name: string): Promise<string>
  /** a key that publishes and reads */
  apiKey(tenantId: string): Promise<string>
  /** one that takes only what is sent to it by name, unless the settings say otherwise */
  endpoint(tenantId: string, url: string, settings?: object): Promise<string>
  remove(tenantId: string, endpointId: string): Promise<void>
  publish(tenantId: string, endpointId: string): Promise<void>
  /** that many at once, in batches */
  flood(tenantId: string, endpointIds: readonly string[], count: number): Promise<void>
  /** any other call; the answer's text */
  call(method: string, path: string, tenantId: string, body?: unknown): Promise<string>
}

const BATCH = 500

export function createProducer(url: string): Producer {
  async function call(method: string, path: string, tenantId: string | null, body?: unknown): Promise<string> {
    const response = await fetch(url + path, {
      method,
      headers: {
        authorization: `Bearer ${OPERATOR_KEY}`,
        'content-type': 'application/json',
        ...(tenantId !== null && { 'redrive-tenant': tenantId }),
      },
      ...(body !== undefined && { body: JSON.stringify(body) }),
    })
    const text = await response.text()
    if (!response.ok) throw new Error(`${method} ${path} was answered ${String(response.status)}: ${text}`)
    return text
  }
  const idOf = (text: string): string => String((JSON.parse(text) as { id: unknown }).id) // as the API documents it
  const event = (endpointId: string) => ({ type: 'bench.event', endpointId, payload: { publishedAt: now() } })

  return {
    call,
    tenant: async (name) => idOf(await call('POST', '/v1/tenants', null, { name })),
    apiKey: async (tenantId) => {
      const scopes = ['events:write', 'events:read', 'deliveries:read']
      const made: unknown = JSON.parse(
        await call('POST', `/v1/tenants/${tenantId}/api-keys`, null, { name: 'Bench', scopes }),
      )
      return String((made as { key: unknown }).key) // as the API documents it
    },
    endpoint: async (tenantId, endpointUrl, settings = {}) =>
      idOf(
        await call('POST', '/v1/endpoints', tenantId, { url: endpointUrl, eventTypes: ['bench.none'], ...settings }),
      ),
    remove: async (tenantId, endpointId) => {
      await call('DELETE', `/v1/endpoints/${endpointId}`, tenantId)
    },
    publish: async (tenantId, endpointId) => {
      await call('POST', '/v1/events', tenantId, event(endpointId))
    },
    flood: async (tenantId, endpointIds, count) => {
      for (let from = 0; from < count; from += BATCH) {
        const events = Array.from({ length: Math.min(BATCH, count - from) }, (_, n) =>
          event(endpointIds[(from + n) % endpointIds.length] ?? ''),
        )
        await call('POST', '/v1/events/batch', tenantId, { events })
      }
    },
  }
}
