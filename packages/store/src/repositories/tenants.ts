import type { Tenant } from '@redrive/core'
import { isLikeIdOrNumber, isUuid, newId } from '@redrive/core'
import type { Db } from '../db.ts'
import type { Prisma, Tenant as TenantRow } from '../generated/client.ts'
import type { Tenants } from '../repositories.ts'
import { isUniqueViolation } from './database-errors.ts'
import { slice, toPage } from './page.ts'
import { failWaiting } from './waiting-deliveries.ts'

const SLUG_MAX_LENGTH = 48
const INTEGER = /^[0-9]{1,15}$/

/** Tenants that were deleted stay as rows, for their numbers; no method finds them. */
export function createTenants(db: Db): Tenants {
  const live = (where: Prisma.TenantWhereInput): Promise<TenantRow | null> =>
    db.tenant.findFirst({ where: { ...where, deletedAt: null } })

  return {
    async create({ name, slug }) {
      const id = newId()
      const insert = (wanted: string) => db.tenant.create({ data: { id, name, slug: wanted } }).then(toTenant)
      try {
        return { tenant: await insert(slug ?? slugOf(name)) }
      } catch (error) {
        if (!isUniqueViolation(error)) throw error
        if (slug !== undefined) return { conflict: 'slug' }
        // the name's slug is taken: the id's random end tells the two apart
        return { tenant: await insert(`${slugOf(name)}-${id.slice(-12)}`) }
      }
    },

    async get(id) {
      const row = isUuid(id) ? await live({ id }) : null
      return row && toTenant(row)
    },

    async find(reference) {
      if (isUuid(reference)) {
        const byId = await live({ id: reference })
        if (byId) return toTenant(byId)
      }
      const row =
        (await live({ slug: reference })) ??
        (INTEGER.test(reference) ? await live({ number: BigInt(reference) }) : null)
      return row && toTenant(row)
    },

    async list(page) {
      const { where, orderBy, take } = slice(page)
      return toPage(await db.tenant.findMany({ where: { ...where, deletedAt: null }, orderBy, take }), page, toTenant)
    },

    async update(id, change) {
      if (!isUuid(id)) return null
      try {
        const [row] = await db.tenant.updateManyAndReturn({ where: { id, deletedAt: null }, data: change })
        return row ? { tenant: toTenant(row) } : null
      } catch (error) {
        if (isUniqueViolation(error)) return { conflict: 'slug' }
        throw error
      }
    },

    async delete(id) {
      if (!isUuid(id)) return false
      return db.$transaction(async (tx) => {
        const now = new Date()
        const { count } = await tx.tenant.updateMany({ where: { id, deletedAt: null }, data: { deletedAt: now } })
        if (count === 0) return false
        await tx.apiKey.updateMany({ where: { tenantId: id, revokedAt: null }, data: { revokedAt: now } })
        await tx.endpoint.updateMany({ where: { tenantId: id, deletedAt: null }, data: { deletedAt: now } })
        const endpoints = await tx.endpoint.findMany({ where: { tenantId: id }, select: { id: true } })
        await failWaiting(
          tx,
          endpoints.map((endpoint) => endpoint.id),
        )
        return true
      })
    },
  }
}

function slugOf(name: string): string {
  const slug = slugOfText(name)
  return slug === '' || isLikeIdOrNumber(slug) ? slugOfText(`tenant-${slug}`) : slug
}

function slugOfText(text: string): string {
  return text
    .normalize('NFKD')
    .replace(/\p{Mark}/gu, '')
    .toLowerCase()
    .replace(/[^a-z0-9]+/g, '-')
    .slice(0, SLUG_MAX_LENGTH)
    .replace(/^-+|-+$/g, '')
}

function toTenant({ id, number, name, slug, createdAt, updatedAt }: TenantRow): Tenant {
  return { id, number: Number(number), name, slug, createdAt, updatedAt }
}
