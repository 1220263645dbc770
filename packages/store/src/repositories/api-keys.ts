import type { ApiKey, Scope } from '@redrive/core'
import { isUuid } from '@redrive/core'
import type { Db } from '../db.ts'
import type { ApiKey as ApiKeyRow } from '../generated/client.ts'
import type { ApiKeys } from '../repositories.ts'
import { slice, toPage } from './page.ts'

/** Keys are never removed, only revoked: the list goes on telling who once had access. */
export function createApiKeys(db: Db): ApiKeys {
  return {
    async create({ hash, ...key }) {
      return toApiKey(await db.apiKey.create({ data: { ...key, hash: Uint8Array.from(hash) } }))
    },

    async findForAuthentication(id) {
      const row = isUuid(id) ? await db.apiKey.findUnique({ where: { id } }) : null
      return row && { ...toApiKey(row), hash: Buffer.from(row.hash) }
    },

    async list(tenantId, page) {
      const { where, orderBy, take } = slice(page)
      return toPage(await db.apiKey.findMany({ where: { ...where, tenantId }, orderBy, take }), page, toApiKey)
    },

    async used(id) {
      await db.$executeRaw`UPDATE api_keys SET last_used_at = now() WHERE id = ${id}::uuid`
    },

    async revoke(tenantId, id) {
      if (!isUuid(id)) return false
      const { count } = await db.apiKey.updateMany({
        where: { id, tenantId, revokedAt: null },
        data: { revokedAt: new Date() },
      })
      return count > 0
    },
  }
}

function toApiKey({ id, tenantId, name, scopes, createdAt, expiresAt, revokedAt, lastUsedAt }: ApiKeyRow): ApiKey {
  // the only writer is `create`, which takes scopes
  return { id, tenantId, name, scopes: scopes as Scope[], createdAt, expiresAt, revokedAt, lastUsedAt }
}
