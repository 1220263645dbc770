import pg from 'pg'
import type { PoolUse } from '@redrive/runtime'
import { type DbOptions, openPool, poolUse, statementNames } from './db.ts'
import { rethrow } from './errors.ts'
import { Prisma } from './generated/client.ts'

/** What a single statement needs of a database; Prisma's client is one too. */
export interface Statements {
  $queryRaw<Rows>(query: TemplateStringsArray | Prisma.Sql, ...values: readonly unknown[]): Promise<Rows>
  /** resolves with how many rows it was about */
  $executeRaw(query: TemplateStringsArray | Prisma.Sql, ...values: readonly unknown[]): Promise<number>
}

/**
 * A statement over an array of ids is planned once: to plan it afresh for the ids of each batch was a quarter of the
 * database's time for a delivery. Such a plan knows neither the ids nor how full a table will be. So those statements
 * name what they look up, by `= ANY` or in a LATERAL with a limit, which can only be a look-up for each row; a range of
 * ids keeps them to their partitions, but is no way to find rows. And without `enable_material` two sets of a batch are
 * joined by a hash instead of each with each.
 */
const PLANNED_ONCE = '-c plan_cache_mode=force_generic_plan -c enable_material=off'

/**
 * For the statements of which each event costs some: over a pool of their own, whose sessions plan each once, and straight
 * to the driver. By way of Prisma, which writes and reads all parameters as JSON in between, each took 0.2 ms more of this
 * process. They are written as for Prisma's `$queryRaw`, and answered as it would. There are no transactions here: these
 * statements are their own.
 */
export function openBatches(options: DbOptions): { db: Statements; pool: () => PoolUse; close: () => Promise<void> } {
  const pool = openPool(options, PLANNED_ONCE)
  const nameOf = statementNames()

  async function run(query: TemplateStringsArray | Prisma.Sql, given: readonly unknown[]): Promise<pg.QueryResult> {
    const { text, values } = 'raw' in query ? written(query, given) : query
    return pool.query({ name: nameOf({ sql: text }), text, values, types: TYPES }).catch(rethrow)
  }

  return {
    db: {
      // as its caller says, who has written the statement
      $queryRaw: async <Rows>(query: TemplateStringsArray | Prisma.Sql, ...values: readonly unknown[]) =>
        (await run(query, values)).rows as Rows,
      $executeRaw: async (query, ...values) => (await run(query, values)).rowCount ?? 0,
    },
    pool: () => poolUse(pool),
    close: () => pool.end(),
  }
}

/** As Prisma reads it; other types are read alike by both. */
const TYPES: pg.CustomTypesConfig = {
  getTypeParser: (type, format): ((text: string) => unknown) =>
    type === pg.types.builtins.INT8 ? BigInt : (pg.types.getTypeParser(type, format) as (text: string) => unknown),
}

/** Templates are constants of the program, so their texts are made once. */
const texts = new WeakMap<TemplateStringsArray, string>()

function written(strings: TemplateStringsArray, given: readonly unknown[]): { text: string; values: unknown[] } {
  if (given.some((value) => value instanceof Prisma.Sql)) {
    const { text, values } = Prisma.sql(strings, ...given)
    return { text, values }
  }
  let text = texts.get(strings)
  if (text === undefined) {
    text = strings.reduce((before, after, at) => `${before}$${String(at)}${after}`)
    texts.set(strings, text)
  }
  return { text, values: [...given] }
}
