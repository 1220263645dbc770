import { SealError, type Sealer } from '@redrive/core'
import { openDb, type Db } from './db.ts'
import type { Prisma } from './generated/client.ts'
import { resealHeaders, sealedFor, storedHeaders } from './rows/endpoint-row.ts'

interface Reencrypted {
  /** secrets, and endpoints with sensitive headers, that are now sealed under the first key */
  changed: number
  /** those that were before */
  current: number
  /** endpoints of what no configured key opens; it is left as it is */
  unreadable: string[]
}

const BATCH = 500
const BEFORE_ALL = '00000000-0000-0000-0000-000000000000'

/**
 * Seals under the sealer's first key whatever is sealed under another, deleted endpoints included; afterwards the other
 * keys can be taken away. Safe while everything runs (a row that somebody changes meanwhile is theirs: it is sealed
 * under the first key already if they have it), and may be ended and begun again at any time.
 */
export async function reencrypt(options: { databaseUrl: string; sealer: Sealer }): Promise<Reencrypted> {
  const { db, close } = openDb({ databaseUrl: options.databaseUrl, poolSize: 1 })
  const result: Reencrypted = { changed: 0, current: 0, unreadable: [] }
  try {
    await reencryptSecrets(db, options.sealer, result)
    await reencryptHeaders(db, options.sealer, result)
    return { ...result, unreadable: [...new Set(result.unreadable)] }
  } finally {
    await close()
  }
}

async function reencryptSecrets(db: Db, sealer: Sealer, result: Reencrypted): Promise<void> {
  for (let after = BEFORE_ALL; ;) {
    const rows = await db.endpointSecret.findMany({ where: { id: { gt: after } }, orderBy: { id: 'asc' }, take: BATCH })
    const old = rows.filter((row) => !sealer.isCurrent(row.sealed))
    const boundTo = (row: (typeof rows)[number]): string => sealedFor(row.tenantId, row.endpointId)
    const fresh = old.flatMap((row) => {
      const sealed = readable(row.endpointId, result, () =>
        sealer.seal(sealer.open(row.sealed, boundTo(row)), boundTo(row)),
      )
      return sealed === null ? [] : [{ id: row.id, before: row.sealed, sealed }]
    })
    result.current += rows.length - old.length
    result.changed += await db.$executeRaw`
      UPDATE endpoint_secrets s SET sealed = n.sealed
      FROM unnest(${fresh.map((row) => row.id)}::uuid[], ${fresh.map((row) => row.before)}::text[],
                  ${fresh.map((row) => row.sealed)}::text[]) AS n(id, before, sealed)
      WHERE s.id = n.id AND s.sealed = n.before`
    const last = rows.at(-1)
    if (last === undefined) return
    after = last.id
  }
}

async function reencryptHeaders(db: Db, sealer: Sealer, result: Reencrypted): Promise<void> {
  for (let after = BEFORE_ALL; ;) {
    const rows = await db.$queryRaw<{ id: string; tenantId: string; headers: Prisma.JsonValue }[]>`
      SELECT id, tenant_id AS "tenantId", headers FROM endpoints
      WHERE id > ${after}::uuid AND jsonb_path_exists(headers, '$.* ? (@.sensitive == true)')
      ORDER BY id LIMIT ${BATCH}`
    for (const { id, tenantId, headers } of rows) {
      const fresh = readable(id, result, () => resealHeaders(storedHeaders(headers), sealer, sealedFor(tenantId, id)))
      if (fresh === null) continue
      if (fresh === 'current') result.current += 1
      else {
        result.changed += await db.$executeRaw`
          UPDATE endpoints SET headers = ${JSON.stringify(fresh)}::jsonb
          WHERE id = ${id}::uuid AND headers = ${JSON.stringify(headers)}::jsonb`
      }
    }
    const last = rows.at(-1)
    if (last === undefined) return
    after = last.id
  }
}

/** null, and the endpoint among the unreadable, for what no key opens. */
function readable<T>(endpointId: string, result: Reencrypted, work: () => T): T | null {
  try {
    return work()
  } catch (error) {
    if (!(error instanceof SealError)) throw error
    result.unreadable.push(endpointId)
    return null
  }
}
