import { afterEach, beforeEach, expect, test } from '@jest/globals'
import { createIdGenerator } from '@redrive/core'
import { dropOldDays } from '../src/retention.ts'
import type { LedgerFixture } from './ledger/fixture.ts'
import { openLedgerFixture } from './ledger/fixture.ts'

const DAY_MS = 86_400_000
const KEEP_DAYS = 3
const PATIENT = { timeout: 15_000 }

let f: LedgerFixture
beforeEach(async () => {
  f = await openLedgerFixture()
})
afterEach(() => f.close())

function dayName(table: string, daysAgo: number): string {
  return `${table}_${new Date(Date.now() - daysAgo * DAY_MS).toISOString().slice(0, 10).replaceAll('-', '')}`
}

/** Makes the partitions of a day gone by, as `redrive_ensure_partitions` had made them then. */
async function makeDay(daysAgo: number): Promise<void> {
  for (const table of ['events', 'deliveries', 'attempts']) {
    const name = dayName(table, daysAgo)
    await f.db.$executeRawUnsafe(`CREATE TABLE ${name} (LIKE ${table} INCLUDING ALL)`)
    await f.db.$executeRawUnsafe(
      `ALTER TABLE ${table} ATTACH PARTITION ${name} FOR VALUES
       FROM (redrive_day_start((now() AT TIME ZONE 'UTC')::date - ${String(daysAgo)}))
       TO (redrive_day_start((now() AT TIME ZONE 'UTC')::date - ${String(daysAgo - 1)}))`,
    )
  }
}

/** An event of a day gone by with one finished or unfinished delivery. */
async function addEvent(daysAgo: number, status: 'succeeded' | 'retrying'): Promise<string> {
  const id = await f.publish({ id: createIdGenerator(() => Date.now() - daysAgo * DAY_MS)(), tenantId: f.tenantId })
  await f.ledger.fanOut([id])
  await f.db.$executeRaw`
    UPDATE deliveries SET status = ${status}, look_at = ${status === 'retrying' ? new Date() : null} WHERE event_id = ${id}::uuid`
  return id
}

async function left(ids: string[]): Promise<string[]> {
  const rows = await f.db.$queryRaw<{ id: string }[]>`
    SELECT e.id FROM events e JOIN deliveries d ON d.event_id = e.id WHERE e.id = ANY(${ids}::uuid[]) ORDER BY e.id`
  return rows.map((row) => row.id)
}

test('days before the retention go as a whole, but not while anything in them is owed', async () => {
  await f.endpoint(f.tenantId, { eventTypes: ['*'] })
  for (const daysAgo of [5, 4, KEEP_DAYS]) await makeDay(daysAgo)
  const owed = await addEvent(5, 'retrying')
  const old = await addEvent(4, 'succeeded')
  const young = await addEvent(KEEP_DAYS, 'succeeded')

  expect(await dropOldDays(f.db, KEEP_DAYS)).toBe(1)
  expect(await left([owed, old, young])).toEqual([owed, young])

  await f.db.$executeRaw`UPDATE deliveries SET status = 'failed', look_at = NULL WHERE event_id = ${owed}::uuid`
  expect(await dropOldDays(f.db, KEEP_DAYS)).toBe(1)
  expect(await left([owed, young])).toEqual([young])
})

test('several days go at once, and what somebody is busy with goes the next time', async () => {
  await f.endpoint(f.tenantId, { eventTypes: ['*'] })
  for (const daysAgo of [6, 5, 4]) await makeDay(daysAgo)
  const old = [await addEvent(6, 'succeeded'), await addEvent(5, 'succeeded'), await addEvent(4, 'succeeded')]
  const dropped = await f.db.$transaction(async (tx) => {
    await tx.$executeRaw`UPDATE events SET trace = NULL WHERE id = ${old[0]}::uuid`
    return dropOldDays(f.db, KEEP_DAYS)
  }, PATIENT)
  expect(dropped).toBe(0)
  expect(await left(old)).toEqual(old)
  expect(await dropOldDays(f.db, KEEP_DAYS)).toBe(3)
  expect(await left(old)).toEqual([])
})

test('whether anything is owed is found without reading the day', async () => {
  await f.endpoint(f.tenantId, { eventTypes: ['*'] })
  await makeDay(5)
  const old: string[] = []
  for (let n = 0; n < 50; n++) old.push(await addEvent(5, 'succeeded'))
  const owed = await addEvent(5, 'retrying')
  const read = await f.db.$transaction(async (tx) => {
    // of this connection, and since its figures were last handed in
    const rowsRead = async () => {
      const [row] = await tx.$queryRaw<{ rows: number }[]>`
        SELECT sum(seq_tup_read + coalesce(idx_tup_fetch, 0))::int AS rows FROM pg_stat_xact_user_tables
        WHERE relname IN (${dayName('events', 5)}, ${dayName('deliveries', 5)})`
      return row?.rows ?? 0
    }
    const before = await rowsRead()
    await tx.$queryRaw`SELECT redrive_drop_day(${KEEP_DAYS}::int)`
    return (await rowsRead()) - before
  }, PATIENT)
  expect(read).toBeLessThan(5)
  expect(await left([...old, owed])).toHaveLength(51)
})

test('what lies in the default partitions goes row by row, by the same rule', async () => {
  await f.endpoint(f.tenantId, { eventTypes: ['*'] })
  const owed = await addEvent(9, 'retrying')
  const old = await addEvent(9, 'succeeded')
  const young = await addEvent(1, 'succeeded')
  await f.db.$executeRaw`
    INSERT INTO idempotency_keys (tenant_id, key, event_id, content_hash, created_at)
    VALUES (${f.tenantId}::uuid, 'old', ${old}::uuid, ''::bytea, now() - interval '9 days'),
           (${f.tenantId}::uuid, 'young', ${young}::uuid, ''::bytea, now())`

  await dropOldDays(f.db, KEEP_DAYS)

  expect(await left([owed, old, young])).toEqual([owed, young])
  const events = await f.db.$queryRaw<{ id: string }[]>`SELECT id FROM events WHERE id = ${old}::uuid`
  expect(events).toEqual([])
  const keys = await f.db.$queryRaw<{ key: string }[]>`SELECT key FROM idempotency_keys`
  expect(keys).toEqual([{ key: 'young' }])
})
