import { AsyncLocalStorage } from 'node:async_hooks'
import { PrismaPg } from '@prisma/adapter-pg'
import type { SqlDriverAdapter, SqlMigrationAwareDriverAdapterFactory } from '@prisma/driver-adapter-utils'
import { ColumnTypeEnum } from '@prisma/driver-adapter-utils'
import pg from 'pg'

/** PostgreSQL's "char", which the engine's introspection selects and the adapter can't map. */
const CHAR_OID = 18
const TEXT_OID = 25

/** The columns of the query in hand that are "char". */
const charColumns = new AsyncLocalStorage<number[]>()

/** Presents "char" as text. */
export class IntrospectionPool extends pg.Pool {
  override query = (async (query: pg.QueryArrayConfig) => {
    const answer = await super.query(query)
    for (const [at, field] of answer.fields.entries()) {
      if (field.dataTypeID !== CHAR_OID) continue
      field.dataTypeID = TEXT_OID
      charColumns.getStore()?.push(at)
    }
    return answer
    // the overloads with callbacks or several arguments are for others than the adapter
  }) as unknown as pg.Pool['query']
}

/** Prisma's adapter, with the one type that the engine unwraps for "char". */
export function createEngineAdapters(pool: IntrospectionPool): SqlMigrationAwareDriverAdapterFactory {
  const prisma = new PrismaPg(pool)
  return {
    provider: prisma.provider,
    adapterName: prisma.adapterName,
    connect: async () => withCharColumns(await prisma.connect()),
    connectToShadowDb: async () => withCharColumns(await prisma.connectToShadowDb()),
  }
}

function withCharColumns(adapter: SqlDriverAdapter): SqlDriverAdapter {
  const queryRaw = adapter.queryRaw.bind(adapter)
  adapter.queryRaw = (query) => {
    const columns: number[] = []
    return charColumns.run(columns, async () => {
      const answer = await queryRaw(query)
      for (const at of columns) answer.columnTypes[at] = ColumnTypeEnum.Character
      return answer
    })
  }
  return adapter
}
