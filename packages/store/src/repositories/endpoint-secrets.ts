import type { Sealer } from '@redrive/core'
import { isUuid, MAX_LIVE_SECRETS, newId } from '@redrive/core'
import type { Db } from '../db.ts'
import type { Endpoints, RotateAnswer } from '../endpoints.ts'
import { sealedFor } from '../rows/endpoint-row.ts'

interface LiveRow {
  sealed: string
  newest: boolean
}

/** Signing secrets, sealed at rest. The one without an end is the newest. */
export function createSecrets(db: Db, sealer: Sealer): Pick<Endpoints, 'secret' | 'rotateSecret'> {
  return {
    async secret(tenantId, id) {
      if (!isUuid(id)) return null
      const endpoint = await db.endpoint.findFirst({
        where: { id, tenantId, deletedAt: null, callbackOf: null },
        select: { id: true },
      })
      const newest =
        endpoint &&
        (await db.endpointSecret.findFirst({ where: { endpointId: id, tenantId }, orderBy: { id: 'desc' } }))
      return newest && sealer.open(newest.sealed, sealedFor(tenantId, id))
    },

    async rotateSecret(tenantId, id, { secret, graceSeconds }) {
      if (!isUuid(id)) return null
      const boundTo = sealedFor(tenantId, id)
      return db.$transaction(async (tx): Promise<RotateAnswer | null> => {
        const [locked] = await tx.$queryRaw<unknown[]>`
          SELECT 1 AS locked FROM endpoints
          WHERE id = ${id}::uuid AND tenant_id = ${tenantId}::uuid AND deleted_at IS NULL AND callback_of IS NULL
          FOR UPDATE`
        if (locked === undefined) return null
        // those that are over sign nothing any more, and need not be kept
        await tx.$executeRaw`DELETE FROM endpoint_secrets WHERE endpoint_id = ${id}::uuid AND expires_at <= now()`
        const live = await tx.$queryRaw<LiveRow[]>`
          SELECT sealed, expires_at IS NULL AS newest FROM endpoint_secrets WHERE endpoint_id = ${id}::uuid`
        const staying = live.filter((row) => graceSeconds > 0 || !row.newest)
        if (staying.length >= MAX_LIVE_SECRETS) return { kind: 'too_many' }
        if (live.some((row) => sealer.open(row.sealed, boundTo) === secret)) return { kind: 'in_use' }
        const [ended] = await tx.$queryRaw<{ at: Date }[]>`
          UPDATE endpoint_secrets SET expires_at = now() + make_interval(secs => ${graceSeconds})
          WHERE endpoint_id = ${id}::uuid AND expires_at IS NULL RETURNING expires_at AS at`
        await tx.endpointSecret.create({
          data: { id: newId(), endpointId: id, tenantId, sealed: sealer.seal(secret, boundTo) },
        })
        return { kind: 'rotated', previousExpiresAt: ended?.at ?? new Date() }
      })
    },
  }
}
