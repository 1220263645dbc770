import { createHash } from 'node:crypto'
import type { BulkRetryFilter, BulkRetryRequest, EndpointStatus } from '@redrive/core'
import { isUuid, newId } from '@redrive/core'
import type { Db } from '../db.ts'
import type { BulkRefusal, BulkRetries } from '../repositories.ts'
import { COUNT_LIMITS, countMatching } from './bulk-count.ts'
import { toBulkRetry } from './bulk-retry-row.ts'
import { createBulkStep } from './bulk-step.ts'
import { slice, toPage } from './page.ts'

/** One that ends between being met and being read makes room for another; that often in a row it does not. */
const MAX_TRIES = 5

export function createBulkRetries(db: Db, countLimits = COUNT_LIMITS): BulkRetries {
  const get: BulkRetries['get'] = async (tenantId, id) => {
    const row = isUuid(id) ? await db.bulkRetry.findFirst({ where: { id, tenantId } }) : null
    return row && toBulkRetry(row)
  }

  return {
    async count(tenantId, request) {
      const refusal = await refuse(db, tenantId, request.filter)
      if (refusal !== null) return refusal
      return { kind: 'counted', ...(await countMatching(db, tenantId, request, countLimits)) }
    },

    async start(tenantId, request) {
      const refusal = await refuse(db, tenantId, request.filter)
      if (refusal !== null) return refusal
      const filterHash = hashOf(request)
      for (let tries = 0; tries < MAX_TRIES; tries++) {
        // looked for first, because counting is what costs
        const running = await db.bulkRetry.findFirst({ where: { tenantId, filterHash, status: 'running' } })
        if (running) return { kind: 'running', retry: toBulkRetry(running) }
        const { matched } = await countMatching(db, tenantId, request, countLimits)
        const id = newId()
        const made = await db.$executeRaw`
          INSERT INTO bulk_retries (id, tenant_id, filter, filter_hash, mode, only_missing, matched)
          VALUES (${id}::uuid, ${tenantId}::uuid, ${JSON.stringify(request.filter)}::jsonb, ${filterHash},
                  ${request.mode}, ${request.onlyMissing}, ${matched})
          ON CONFLICT (tenant_id, filter_hash) WHERE status = 'running' DO NOTHING`
        const retry = made > 0 ? await get(tenantId, id) : null
        if (retry !== null) return { kind: 'started', retry }
      }
      throw new Error('bulk retries with this filter come and go faster than one can be started')
    },

    get,

    async list(tenantId, page) {
      const { where, orderBy, take } = slice(page)
      return toPage(await db.bulkRetry.findMany({ where: { ...where, tenantId }, orderBy, take }), page, toBulkRetry)
    },

    async cancel(tenantId, id) {
      if (!isUuid(id)) return null
      const now = new Date()
      const [row] = await db.bulkRetry.updateManyAndReturn({
        where: { id, tenantId, status: 'running' },
        data: { status: 'cancelled', completedAt: now, updatedAt: now },
      })
      if (row) return { kind: 'cancelled', retry: toBulkRetry(row) }
      const retry = await get(tenantId, id)
      return retry && { kind: 'finished', retry }
    },

    step: createBulkStep(db),
  }
}

async function refuse(db: Db, tenantId: string, { endpointId }: BulkRetryFilter): Promise<BulkRefusal | null> {
  if (endpointId === null) return null
  const endpoint = isUuid(endpointId)
    ? await db.endpoint.findFirst({
        where: { id: endpointId, tenantId, callbackOf: null },
        select: { status: true, deletedAt: true },
      })
    : null
  if (!endpoint) return { kind: 'unknown_endpoint' }
  if (endpoint.deletedAt !== null) return { kind: 'conflict', reason: 'endpoint_deleted' }
  // a check of the table
  const status = endpoint.status as EndpointStatus
  return status === 'disabled' ? { kind: 'conflict', reason: 'endpoint_disabled' } : null
}

/** What makes two bulk retries the same work. The mode does not: they would meet at the same deliveries. */
function hashOf({ filter, onlyMissing }: BulkRetryRequest): Uint8Array<ArrayBuffer> {
  const { status, endpointId, eventType, since, until, errorCode } = filter
  const content = [onlyMissing, status, endpointId, eventType, since, until, errorCode]
  return Uint8Array.from(createHash('sha256').update(JSON.stringify(content)).digest())
}
