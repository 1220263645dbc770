/** The words of the document that stand in no route. */

export const SECURITY_SCHEMES = {
  apiKey: {
    type: 'http',
    scheme: 'bearer',
    description:
      '`Authorization: Bearer <key>`. A key (`rdk_<id>_<secret>`) belongs to one tenant and has scopes. The operator’s key may do everything, and names the tenant with the header `redrive-tenant`. What an operation lists is the scope that it needs.',
  },
}

const TAGS = new Map([
  [
    'Events',
    'What producers publish. 202 means committed: it will be delivered, whatever stops or restarts afterwards.',
  ],
  ['Endpoints', 'Where events are sent to, which ones, and how.'],
  ['Deliveries', 'One event to one endpoint, with every attempt that was made.'],
  ['Replay', 'Sending again what has been published: one event, or everything that a filter matches.'],
  ['Tenants', 'For the operator: who shares this installation.'],
  ['API keys', 'For the operator: what tenants call with.'],
  ['Operations', 'For probes, scrapers and programs.'],
])

/** In the order in which a newcomer needs them; unknown ones last. */
export function describeTags(used: ReadonlySet<string>): { name: string; description?: string }[] {
  const known = [...TAGS].filter(([name]) => used.has(name)).map(([name, description]) => ({ name, description }))
  return [...known, ...[...used].filter((name) => !TAGS.has(name)).map((name) => ({ name }))]
}

const COLLECTIONS: Record<string, string | undefined> = {
  events: 'event',
  endpoints: 'endpoint',
  deliveries: 'delivery',
  attempts: 'attempt',
  retries: 'bulk retry',
  tenants: 'tenant',
  'api-keys': 'API key',
}

/** What the id is that stands in a path behind the name of a collection. */
export function describePathId(collection: string): { description?: string } {
  const noun = COLLECTIONS[collection]
  return noun === undefined ? {} : { description: `The ${noun}’s id` }
}

export const HEADERS = {
  'x-request-id': {
    description: 'Finds the request in the log; taken over from the request if it is well formed',
    schema: { type: 'string' },
  },
  'retry-after': { description: 'Seconds after which to try again', schema: { type: 'integer', minimum: 0 } },
  'www-authenticate': { description: 'How to authenticate', schema: { type: 'string' } },
  location: { description: 'Where the new thing is', schema: { type: 'string' } },
  'idempotent-replayed': {
    description: '`true` when this is the answer to an earlier call with the same key',
    schema: { type: 'string', enum: ['true'] },
  },
} as const

export const TENANT_HEADER = {
  name: 'redrive-tenant',
  in: 'header',
  required: false,
  description: 'The tenant that the operator acts for; nobody else needs it',
  schema: { type: 'string', format: 'uuid' },
} as const

export const IDEMPOTENCY_HEADER = {
  name: 'Idempotency-Key',
  in: 'header',
  required: false,
  description: 'Makes the call safe to repeat; the same as `idempotencyKey` in the body. Kept for 24 hours at least',
  schema: { $ref: '#/components/schemas/IdempotencyKey' },
} as const
