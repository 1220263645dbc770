import { afterEach, beforeEach, expect, test } from '@jest/globals'
import { createEmptyDatabase, type TestDatabase } from '@redrive/testkit/postgres'
import pg from 'pg'
import { migrateQueue } from '../src/index.ts'

let database: TestDatabase
let client: pg.Client

beforeEach(async () => {
  database = await createEmptyDatabase()
  client = new pg.Client({ connectionString: database.url })
  await client.connect()
})
afterEach(async () => {
  await client.end()
  await database.drop()
})

const migrate = (): Promise<void> => migrateQueue({ kind: 'postgres', connectionString: database.url, poolSize: 1 })

test('makes the tables from nothing, by several at once and again, and keeps their statistics fresh', async () => {
  await Promise.all([migrate(), migrate(), migrate(), migrate()])
  await migrate()
  const { rows } = await client.query<{ name: string; options: string[] }>(
    `SELECT oid::regclass::text AS name, reloptions AS options FROM pg_class
      WHERE oid IN ('bullmq.job'::regclass, 'bullmq.event'::regclass) ORDER BY 1`,
  )
  expect(rows.map(({ name }) => name)).toEqual(['bullmq.event', 'bullmq.job'])
  for (const { options } of rows) {
    expect(options).toEqual(
      expect.arrayContaining(['autovacuum_analyze_scale_factor=0.02', 'autovacuum_vacuum_threshold=500']),
    )
  }
})

test('all who claim lock what is due in the order of one index', async () => {
  await Promise.all([migrate(), migrate(), migrate()])
  const { rows } = await client.query<{ settings: string[] }>(
    `SELECT proconfig AS settings FROM pg_proc WHERE proname = 'move_to_active' AND pronamespace = 'bullmq'::regnamespace`,
  )
  expect(rows).toEqual([
    {
      settings: expect.arrayContaining([
        expect.stringMatching(/^search_path=/),
        'enable_seqscan=off',
        'enable_bitmapscan=off',
      ]),
    },
  ])
})

test('refuses tables that a newer release made and this one can not use', async () => {
  await migrate()
  await client.query(
    `INSERT INTO bullmq.migration (version, name, min_client_version) SELECT max(version) + 1, 'newer', 99 FROM bullmq.migration`,
  )
  await expect(migrate()).rejects.toMatchObject({
    code: 'schema_newer',
    message: expect.stringContaining('newer release'),
  })
})
