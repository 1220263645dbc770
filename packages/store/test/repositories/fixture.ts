import { randomBytes } from 'node:crypto'
import { expect } from '@jest/globals'
import type { Delivery, EndpointSettings, EndpointStatus } from '@redrive/core'
import { createSealer, DEFAULT_RETRY_POLICY, deliveryId, newId } from '@redrive/core'
import { createTestDatabase } from '@redrive/testkit/postgres'
import type { Db } from '../../src/db.ts'
import { openDb } from '../../src/db.ts'
import type { Prisma } from '../../src/generated/client.ts'
import type { NewEvent, Page, PageRequest } from '../../src/repositories.ts'
import { createApiKeys } from '../../src/repositories/api-keys.ts'
import { createAttempts } from '../../src/repositories/attempts.ts'
import { createBulkRetries } from '../../src/repositories/bulk-retries.ts'
import { createDeliveries } from '../../src/repositories/deliveries.ts'
import { createEndpoints } from '../../src/repositories/endpoints.ts'
import { createEvents } from '../../src/repositories/events.ts'
import { createTenants } from '../../src/repositories/tenants.ts'

export const SECRET = 'whsec_MfKQ9r8GKYqrTwjUPD8ILPZIo2LaLaSw'
/** Connections of the fixture. */
export const POOL_SIZE = 10
export const sealer = createSealer([randomBytes(32)])

/** The repositories on a database of their own, with two tenants. */
export async function openFixture() {
  const database = await createTestDatabase()
  const { db, close } = openDb({ databaseUrl: database.url, poolSize: POOL_SIZE })
  const batches = openDb({ databaseUrl: database.url, poolSize: POOL_SIZE, plansOnce: true })
  const repositories = {
    tenants: createTenants(db),
    apiKeys: createApiKeys(db),
    endpoints: createEndpoints(db, sealer),
    events: createEvents(db, batches.db, DEFAULT_RETRY_POLICY),
    deliveries: createDeliveries(db, DEFAULT_RETRY_POLICY),
    attempts: createAttempts(db),
    bulkRetries: createBulkRetries(db),
  }
  const tenant = async (name: string): Promise<string> => {
    const answer = await repositories.tenants.create({ name })
    if ('conflict' in answer) throw new Error('the tenant could not be made')
    return answer.tenant.id
  }
  return {
    ...repositories,
    db,
    /** as the ledger's batches have it */
    batches: batches.db,
    databaseUrl: database.url,
    /** Another tenant. */
    tenant,
    tenantId: await tenant('Ours'),
    otherTenantId: await tenant('Theirs'),
    /** An event that is committed; if `expiresAt` is past, one that has expired since. */
    async publish(entry: Partial<NewEvent> & { tenantId: string }): Promise<string> {
      const { expiresAt, ...event } = newEvent(entry)
      const hasExpired = expiresAt !== null && expiresAt.getTime() <= Date.now()
      const [answer] = await repositories.events.publish([{ ...event, expiresAt: hasExpired ? null : expiresAt }])
      if (answer?.kind !== 'created') throw new Error(`the event was not created but ${String(answer?.kind)}`)
      if (hasExpired) await db.event.update({ where: { id: event.id }, data: { expiresAt } })
      return event.id
    },
    async endpoint(tenantId: string, change: Partial<EndpointSettings> & { status?: EndpointStatus } = {}) {
      return repositories.endpoints.create(tenantId, { ...newEndpoint(), ...change })
    },
    async close() {
      await Promise.all([close(), batches.close()])
      await database.drop()
    },
  }
}
export type Fixture = Awaited<ReturnType<typeof openFixture>>

export function newEvent(entry: Partial<NewEvent> & { tenantId: string }): NewEvent {
  return {
    id: newId(),
    type: 'order.created',
    payload: '{}',
    channel: null,
    subject: null,
    metadata: {},
    idempotencyKey: null,
    contentHash: null,
    sourceEventId: null,
    endpointId: null,
    createdAt: new Date(),
    deliverAt: null,
    expiresAt: null,
    ...entry,
  }
}

export function newEndpoint(): EndpointSettings & { secret: string; status: EndpointStatus } {
  return {
    url: 'https://receiver.example/hook',
    description: '',
    metadata: {},
    eventTypes: ['*'],
    channels: [],
    filter: null,
    signature: { scheme: 'standard' },
    bodyFormat: 'raw',
    headers: {},
    retryPolicy: null,
    timeoutSeconds: 15,
    rateLimit: null,
    maxConcurrency: null,
    ordering: 'none',
    disableAfterSeconds: 432_000,
    callbackUrl: null,
    secret: SECRET,
    status: 'active',
  }
}

/** A delivery in the state that is given, as the ledger would have left it. */
export async function addDelivery(
  db: Db,
  of: { tenantId: string; eventId: string; endpointId: string },
  state: Partial<Prisma.DeliveryUncheckedCreateInput> & { status: Delivery['status'] },
): Promise<string> {
  const id = deliveryId(of.eventId, of.endpointId)
  const finished = ['succeeded', 'failed', 'cancelled'].includes(state.status)
  await db.delivery.create({
    data: {
      ...of,
      id,
      eventType: 'order.created',
      completedAt: finished ? new Date() : null,
      lookAt: finished ? null : new Date(Date.now() + 60_000),
      updatedAt: new Date(Date.now() - 5_000),
      ...state,
    },
  })
  return id
}

export const idsOf = (page: Page<{ id: string }>): string[] => page.data.map((item) => item.id)

/** Ids by walking a list from its newest to its oldest. */
export async function walk(
  list: (page: PageRequest) => Promise<Page<{ id: string }>>,
  limit: number,
): Promise<string[]> {
  const ids: string[] = []
  let page = await list({ limit })
  for (;;) {
    ids.push(...idsOf(page))
    const olderThan = ids.at(-1)
    if (!page.hasOlder || olderThan === undefined) return ids
    page = await list({ limit, olderThan })
    expect(page.hasNewer).toBe(true)
  }
}
