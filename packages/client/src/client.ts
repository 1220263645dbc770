import { randomUUID } from 'node:crypto'
import type { components, operations } from './generated/api.ts'
import { listOf } from './lists.ts'
import { createTransport, type Call, type TransportOptions } from './transport.ts'

export type Schemas = components['schemas']

/** The query of one of the API's lists. */
type Query<Operation extends keyof operations> = NonNullable<operations[Operation]['parameters']['query']>

export type Client = ReturnType<typeof createClient>

/**
 * Redrive's API. Calls are tried again where that is safe; what publishes carries an idempotency key, so that it always
 * is. Every method throws `RedriveError` for an answer that is none, and `RedriveUnreachable` without one.
 */
export function createClient(options: TransportOptions) {
  const transport = createTransport(options)

  /** The document says what is answered; the types are made from it. */
  async function call<T>(request: Call): Promise<T> {
    return (await transport(request)) as T
  }
  const at = (path: string, id: string): string => `${path}/${encodeURIComponent(id)}`
  const get = <T>(path: string, query?: object): Promise<T> => call<T>({ method: 'GET', path, query })
  const post = <T>(path: string, body: object = {}): Promise<T> => call<T>({ method: 'POST', path, body })
  /** a POST that does no more when it is repeated */
  const put = <T>(path: string, body: object = {}): Promise<T> =>
    call<T>({ method: 'POST', path, body, repeatable: true })
  const patch = <T>(path: string, body: object): Promise<T> => call<T>({ method: 'PATCH', path, body })
  const remove = (path: string): Promise<void> => call({ method: 'DELETE', path })

  return {
    events: {
      /** Resolves once the event is committed: it will be delivered. */
      publish: (event: Schemas['PublishEvent']) => put<Schemas['Event']>('/v1/events', withKey(event)),
      /** Up to 1,000; each is taken or refused by itself. */
      publishBatch: (events: Schemas['PublishEvent'][]) =>
        put<Schemas['PublishedBatch']>('/v1/events/batch', { events: events.map(withKey) }),
      get: (id: string) => get<Schemas['EventDetail']>(at('/v1/events', id)),
      list: (query?: Query<'getEvents'>) => listOf<Schemas['Event']>(transport, '/v1/events', query),
      deliveries: (id: string, query?: Query<'getEventsByIdDeliveries'>) =>
        listOf<Schemas['Delivery']>(transport, `${at('/v1/events', id)}/deliveries`, query),
      /** Sends it once more, in the deliveries that it has; makes those that are missing. */
      retry: (id: string, body?: Schemas['RetryEvent']) =>
        post<Schemas['RetriedEvent']>(`${at('/v1/events', id)}/retry`, body),
      /** A new event with the same payload. */
      resend: (id: string, body?: Schemas['ResendEvent']) =>
        post<Schemas['Event']>(`${at('/v1/events', id)}/resend`, body),
    },
    endpoints: {
      create: (endpoint: Schemas['CreateEndpoint']) => post<Schemas['CreatedEndpoint']>('/v1/endpoints', endpoint),
      get: (id: string) => get<Schemas['Endpoint']>(at('/v1/endpoints', id)),
      list: (query?: Query<'getEndpoints'>) => listOf<Schemas['Endpoint']>(transport, '/v1/endpoints', query),
      update: (id: string, changes: Schemas['UpdateEndpoint']) =>
        patch<Schemas['Endpoint']>(at('/v1/endpoints', id), changes),
      delete: (id: string) => remove(at('/v1/endpoints', id)),
      pause: (id: string) => put<Schemas['Endpoint']>(`${at('/v1/endpoints', id)}/pause`),
      resume: (id: string) => put<Schemas['Endpoint']>(`${at('/v1/endpoints', id)}/resume`),
      enable: (id: string) => put<Schemas['Endpoint']>(`${at('/v1/endpoints', id)}/enable`),
      disable: (id: string, body?: Schemas['DisableEndpoint']) =>
        put<Schemas['Endpoint']>(`${at('/v1/endpoints', id)}/disable`, body),
      secret: async (id: string) => (await get<Schemas['EndpointSecret']>(`${at('/v1/endpoints', id)}/secret`)).secret,
      rotateSecret: (id: string, body?: Schemas['RotateSecret']) =>
        post<Schemas['RotatedSecret']>(`${at('/v1/endpoints', id)}/secret/rotate`, body),
      /** Sends a sample event to it, and answers with the attempt. */
      test: (id: string, body?: Schemas['TestEndpoint']) =>
        post<Schemas['Attempt']>(`${at('/v1/endpoints', id)}/test`, body),
      /** Everything since a time that failed, in the background: for when the endpoint was out of order. */
      recover: (id: string, body: Schemas['RecoverEndpoint']) =>
        post<Schemas['BulkRetry']>(`${at('/v1/endpoints', id)}/recover`, body),
      stats: (id: string, query?: Query<'getEndpointsByIdStats'>) =>
        get<Schemas['EndpointStats']>(`${at('/v1/endpoints', id)}/stats`, query),
    },
    deliveries: {
      get: (id: string) => get<Schemas['Delivery']>(at('/v1/deliveries', id)),
      list: (query?: Query<'getDeliveries'>) => listOf<Schemas['Delivery']>(transport, '/v1/deliveries', query),
      attempts: (id: string, query?: Query<'getDeliveriesByIdAttempts'>) =>
        listOf<Schemas['Attempt']>(transport, `${at('/v1/deliveries', id)}/attempts`, query),
      retry: (id: string, body?: Schemas['RetryDelivery']) =>
        post<Schemas['Delivery']>(`${at('/v1/deliveries', id)}/retry`, body),
      /** No further attempts. */
      cancel: (id: string) => post<Schemas['Delivery']>(`${at('/v1/deliveries', id)}/cancel`),
    },
    /** bulk retries: everything that a filter matches, in the background */
    retries: {
      start: (retry: Omit<Schemas['StartBulkRetry'], 'dryRun'>) =>
        post<Schemas['BulkRetry']>('/v1/retries', { ...retry, dryRun: false }),
      /** how many deliveries it would match; `more`: at least so many, for counting takes a bounded time */
      count: (retry: Omit<Schemas['StartBulkRetry'], 'dryRun'>) =>
        put<{ matched: number; more?: true }>('/v1/retries', { ...retry, dryRun: true }),
      get: (id: string) => get<Schemas['BulkRetry']>(at('/v1/retries', id)),
      list: (query?: Query<'getRetries'>) => listOf<Schemas['BulkRetry']>(transport, '/v1/retries', query),
      cancel: (id: string) => post<Schemas['BulkRetry']>(`${at('/v1/retries', id)}/cancel`),
    },
    attempts: {
      get: (id: string) => get<Schemas['Attempt']>(at('/v1/attempts', id)),
    },
    tenants: {
      create: (tenant: Schemas['CreateTenant']) => post<Schemas['Tenant']>('/v1/tenants', tenant),
      get: (id: string) => get<Schemas['Tenant']>(at('/v1/tenants', id)),
      list: (query?: Query<'getTenants'>) => listOf<Schemas['Tenant']>(transport, '/v1/tenants', query),
      update: (id: string, changes: Schemas['UpdateTenant']) =>
        patch<Schemas['Tenant']>(at('/v1/tenants', id), changes),
      delete: (id: string) => remove(at('/v1/tenants', id)),
    },
    apiKeys: {
      create: (tenantId: string, key: Schemas['CreateApiKey']) =>
        post<Schemas['CreatedApiKey']>(`${at('/v1/tenants', tenantId)}/api-keys`, key),
      list: (tenantId: string, query?: Query<'getTenantsByIdApiKeys'>) =>
        listOf<Schemas['ApiKey']>(transport, `${at('/v1/tenants', tenantId)}/api-keys`, query),
      revoke: (tenantId: string, id: string) =>
        remove(`${at('/v1/tenants', tenantId)}/api-keys/${encodeURIComponent(id)}`),
    },
  }
}

/** What has no key gets one, so that a repeated call publishes nothing twice. */
function withKey(event: Schemas['PublishEvent']): Schemas['PublishEvent'] {
  return { ...event, idempotencyKey: event.idempotencyKey ?? randomUUID() }
}
