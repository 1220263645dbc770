import type { Endpoint, EndpointSettings, Sealer } from '@redrive/core'
import { isUuid, newId } from '@redrive/core'
import type { Db } from '../db.ts'
import type { Endpoints } from '../endpoints.ts'
import type { Endpoint as EndpointRow } from '../generated/client.ts'
import { Prisma } from '../generated/client.ts'
import { syncCallback } from './callback-endpoint.ts'
import type { HealthRow } from '../rows/endpoint-row.ts'
import { sealedFor, sealHeaders, storedHeaders, toEndpoint } from '../rows/endpoint-row.ts'
import { createSecrets } from './endpoint-secrets.ts'
import { createStats } from './endpoint-stats.ts'
import { createSwitch, followStatus, lockEndpoint, statusChange } from './endpoint-status.ts'
import { slice, toPage } from './page.ts'
import { createTest } from './test-event.ts'
import { failWaiting } from './waiting-deliveries.ts'

/** Endpoints with secrets and sensitive headers sealed at rest. Deleted ones stay as rows, for their deliveries. */
export function createEndpoints(db: Db, sealer: Sealer): Endpoints {
  const show = async (rows: readonly EndpointRow[]): Promise<Endpoint[]> => {
    const health = await db.$queryRaw<(HealthRow & { endpointId: string })[]>`
      SELECT endpoint_id AS "endpointId", breaker_state AS "breakerState", failing_since AS "failingSince",
             opened_at AS "openedAt", consecutive_failures AS "consecutiveFailures", next_probe_at AS "nextProbeAt"
      FROM endpoint_health WHERE endpoint_id = ANY (${rows.map((row) => row.id)}::uuid[])`
    const healthOf = new Map(health.map((row) => [row.endpointId, row]))
    return rows.map((row) => toEndpoint(row, healthOf.get(row.id) ?? null))
  }
  const get = async (tenantId: string, id: string): Promise<Endpoint | null> => {
    if (!isUuid(id)) return null
    const row = await db.endpoint.findFirst({ where: { id, tenantId, deletedAt: null, callbackOf: null } })
    return row && ((await show([row]))[0] ?? null)
  }

  return {
    get,

    async getByNumber(tenantId, number) {
      const row = await db.endpoint.findFirst({
        where: { number: BigInt(number), tenantId, deletedAt: null, callbackOf: null },
      })
      return row && ((await show([row]))[0] ?? null)
    },

    async ofDeliveries(tenantId, ids) {
      const rows = await db.endpoint.findMany({ where: { id: { in: [...ids] }, tenantId } })
      const live = rows.map((row) => (row.deletedAt === null ? row : { ...row, status: 'disabled' }))
      return new Map((await show(live)).map((endpoint) => [endpoint.id, endpoint]))
    },

    async create(tenantId, { secret, status, headers, ...settings }) {
      const id = newId()
      const boundTo = sealedFor(tenantId, id)
      const row = await db.$transaction(async (tx) => {
        const made = await tx.endpoint.create({
          data: {
            ...toData(settings),
            id,
            tenantId,
            url: settings.url,
            headers: toJson(sealHeaders(headers, sealer, boundTo)),
            status,
            disabledAt: status === 'disabled' ? new Date() : null,
          },
        })
        await tx.endpointSecret.create({
          data: { id: newId(), endpointId: id, tenantId, sealed: sealer.seal(secret, boundTo) },
        })
        if (settings.callbackUrl !== null) await syncCallback(tx, id)
        return made
      })
      return toEndpoint(row, null)
    },

    async list(tenantId, page) {
      const { where, orderBy, take } = slice(page)
      const rows = await db.endpoint.findMany({
        where: { ...where, tenantId, deletedAt: null, callbackOf: null },
        orderBy,
        take,
      })
      const { data, ...ends } = toPage(rows, page, (row) => row)
      return { data: await show(data), ...ends }
    },

    async update(tenantId, id, { status, disabledReason, headers, ...settings }) {
      if (!isUuid(id)) return null
      const updated = await db.$transaction(async (tx) => {
        const locked = await lockEndpoint(tx, tenantId, id)
        if (!locked) return false
        const now = new Date()
        const boundTo = sealedFor(tenantId, id)
        await tx.endpoint.update({
          where: { id },
          data: {
            ...toData(settings),
            ...(headers && { headers: toJson(sealHeaders(headers, sealer, boundTo, storedHeaders(locked.headers))) }),
            ...statusChange(locked.status, status, disabledReason, now),
            updatedAt: now,
          },
        })
        if (status !== undefined && status !== locked.status) await followStatus(tx, id, status)
        if ('callbackUrl' in settings || 'signature' in settings || status === 'active') await syncCallback(tx, id)
        return true
      })
      return updated ? get(tenantId, id) : null
    },

    switchStatus: createSwitch(db, get),

    async delete(tenantId, id) {
      if (!isUuid(id)) return false
      return db.$transaction(async (tx) => {
        const { count } = await tx.endpoint.updateMany({
          where: { id, tenantId, deletedAt: null, callbackOf: null },
          data: { deletedAt: new Date() },
        })
        if (count === 0) return false
        await syncCallback(tx, id)
        await failWaiting(tx, [id])
        return true
      })
    },

    ...createSecrets(db, sealer),

    stats: createStats(db),
    test: createTest(db),
  }
}

type PlainSettings = Omit<EndpointSettings, 'headers'>

/** Columns for the settings that are given. */
function toData({ filter, signature, metadata, retryPolicy, rateLimit, ...plain }: Partial<PlainSettings>) {
  return {
    ...plain,
    ...(filter !== undefined && { filter: toJsonOrNull(filter) }),
    ...(signature !== undefined && { signature: signature }),
    ...(metadata !== undefined && { metadata: metadata }),
    ...(retryPolicy !== undefined && { retryPolicy: toJsonOrNull(retryPolicy) }),
    ...(rateLimit !== undefined && { rateLimit: toJsonOrNull(rateLimit) }),
  }
}

/** Settings are plain data; Prisma's type wants an index signature, which interfaces lack. */
function toJson(value: object): Prisma.InputJsonObject {
  return value
}

function toJsonOrNull(value: object | null): Prisma.InputJsonObject | typeof Prisma.DbNull {
  return value ?? Prisma.DbNull
}
