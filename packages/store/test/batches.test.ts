import { afterAll, beforeAll, expect, test } from '@jest/globals'
import { createTestDatabase } from '@redrive/testkit/postgres'
import { openBatches } from '../src/batches.ts'
import { openDb } from '../src/db.ts'
import { StoreUnavailable } from '../src/errors.ts'
import { Prisma } from '../src/generated/client.ts'
import { retryDeadlock } from '../src/ledger/statement.ts'

let database: Awaited<ReturnType<typeof createTestDatabase>>
let batches: ReturnType<typeof openBatches>
let prisma: ReturnType<typeof openDb>
beforeAll(async () => {
  database = await createTestDatabase()
  batches = openBatches({ databaseUrl: database.url, poolSize: 4 })
  prisma = openDb({ databaseUrl: database.url, poolSize: 1 })
})
afterAll(async () => {
  await Promise.all([batches.close(), prisma.close()])
  await database.drop()
})

const DATE = new Date('2026-03-04T05:06:07.089Z')
const ODD = ['a,b', '"', '\\', '{}', 'NULL', '', 'ä🚚\n', null]

test('parameters go over and rows come back as with Prisma', async () => {
  const ask = (db: typeof batches.db) => db.$queryRaw<unknown[]>`
    SELECT ${ODD}::text[] AS texts, ${[1, null, -2]}::int[] AS ints, ${[true, false]}::boolean[] AS bools,
           ${7}::bigint AS big, 8::bigint AS "Bigger", 1.5::float8 AS fraction, ${DATE}::timestamptz AS moment,
           ${[DATE, null]}::timestamptz[] AS moments, ${'{"a":[1,"é"]}'}::jsonb AS json, NULL::text AS nothing,
           ${'01890a5d-ac96-7000-8000-000000000000'}::uuid AS id, ${['01890a5d-ac96-7000-8000-000000000000']}::uuid[] AS ids,
           make_interval(secs => ${10}) > '9 s' AS compared`
  const [row] = await ask(batches.db)
  expect(row).toEqual((await ask(prisma.db))[0])
  expect(row).toMatchObject({ texts: ODD, big: 7n, moment: DATE, json: { a: [1, 'é'] } })
})

test('a template with fragments in it, and one that is used again with other values', async () => {
  const ask = (value: number) => batches.db.$queryRaw<{ sum: number }[]>`
    SELECT (${value}::int + ${Prisma.sql`${2}::int * ${Prisma.raw('3')}`} + ${4}::int) AS sum`
  expect(await ask(1)).toEqual([{ sum: 11 }])
  expect(await ask(10)).toEqual([{ sum: 20 }])
  expect(await batches.db.$queryRaw(Prisma.sql`SELECT ${5}::int AS five`)).toEqual([{ five: 5 }])
})

test('a statement is planned once in each session', async () => {
  const one = openBatches({ databaseUrl: database.url, poolSize: 1 })
  const ask = (ids: string[]) => one.db.$queryRaw`SELECT id FROM events WHERE id = ANY (${ids}::uuid[])`
  for (let n = 0; n < 3; n++) await ask(['01890a5d-ac96-7000-8000-000000000000'])
  const plans = await one.db.$queryRaw`
    SELECT generic_plans::int, custom_plans::int FROM pg_prepared_statements WHERE statement LIKE 'SELECT id FROM events%'`
  expect(plans).toEqual([{ generic_plans: 3, custom_plans: 0 }])
  await one.close()
})

test('how many rows a statement was about', async () => {
  const rename = (name: string) =>
    batches.db.$executeRaw`UPDATE tenants SET name = ${name} WHERE id = ANY (${[]}::uuid[])`
  expect(await rename('none')).toBe(0)
  const insert = batches.db.$executeRaw`
    INSERT INTO ingest_buckets (tenant_id, tokens, granted, filled_at)
    SELECT gen_random_uuid(), 0, 0, now() FROM generate_series(1, 3)`
  expect(await insert).toBe(3)
})

test('a database that is away is StoreUnavailable, and what the statement is at fault for is not', async () => {
  const away = openBatches({ databaseUrl: 'postgresql://nobody@127.0.0.1:1/none', poolSize: 1 })
  await expect(away.db.$queryRaw`SELECT 1`).rejects.toBeInstanceOf(StoreUnavailable)
  await away.close()
  await expect(batches.db.$queryRaw`SELECT 1 / ${0}::int`).rejects.toMatchObject({ code: '22012' })
  const cut = batches.db.$queryRaw`SELECT pg_terminate_backend(pg_backend_pid())`
  await expect(cut).rejects.toBeInstanceOf(StoreUnavailable)
  expect(await batches.db.$queryRaw`SELECT 1 AS one`).toEqual([{ one: 1 }])
})

test('the victim of a deadlock is tried again', async () => {
  let tries = 0
  const result = await retryDeadlock(async () => {
    tries += 1
    if (tries === 1) await batches.db.$executeRaw`DO $$ BEGIN RAISE SQLSTATE '40P01'; END $$`
    return 'done'
  })
  expect([result, tries]).toEqual(['done', 2])
})
