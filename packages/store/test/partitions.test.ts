import { afterEach, beforeEach, expect, test } from '@jest/globals'
import { createIdGenerator, firstIdAt } from '@redrive/core'
import type { LedgerFixture } from './ledger/fixture.ts'
import { openLedgerFixture } from './ledger/fixture.ts'
import { ensurePartitions } from '../src/partitions.ts'

const DAY_MS = 86_400_000
/** Days that the migrated template has: today and seven more. */
const MIGRATED_DAYS = 8

let f: LedgerFixture
beforeEach(async () => {
  f = await openLedgerFixture()
  // it has them, or all but one day if it was migrated before midnight
  expect([0, 3]).toContain(await ensurePartitions(f.db, MIGRATED_DAYS - 1))
})
afterEach(() => f.close())

function dayName(table: string, daysAhead: number): string {
  const day = new Date(Date.now() + daysAhead * DAY_MS).toISOString().slice(0, 10).replaceAll('-', '')
  return `${table}_${day}`
}

async function partitionOf(id: string): Promise<string | undefined> {
  const [row] = await f.db.$queryRaw<
    { name: string }[]
  >`SELECT tableoid::regclass::text AS name FROM events WHERE id = ${id}::uuid`
  return row?.name
}

async function addEvent(daysAhead: number): Promise<string> {
  const id = createIdGenerator(() => Date.now() + daysAhead * DAY_MS)()
  return f.publish({ tenantId: f.tenantId, id })
}

test('rows lie in the partition of the day that their id names, and in the default where there is none', async () => {
  expect(await partitionOf(await addEvent(0))).toBe(dayName('events', 0))
  expect(await partitionOf(await addEvent(3))).toBe(dayName('events', 3))
  expect(await partitionOf(await addEvent(MIGRATED_DAYS))).toBe('events_default')
})

test('a day begins and ends at midnight UTC', async () => {
  const midnight = Math.ceil(Date.now() / DAY_MS) * DAY_MS
  for (const [ms, daysAhead] of [
    [midnight - 1, 0],
    [midnight, 1],
  ] as const) {
    const id = await f.publish({ tenantId: f.tenantId, id: firstIdAt(ms) })
    expect(await partitionOf(id)).toBe(dayName('events', daysAhead))
  }
})

test('many at once make each partition once', async () => {
  const count = async (): Promise<number> => {
    const [row] = await f.db.$queryRaw<{ count: bigint }[]>`
      SELECT count(*) FROM pg_class WHERE relispartition AND relkind = 'r'`
    return Number(row?.count)
  }
  const before = await count()
  const made = await Promise.all(Array.from({ length: 8 }, () => ensurePartitions(f.db, MIGRATED_DAYS + 1)))
  expect(made.reduce((sum, n) => sum + n, 0)).toBe(2 * 3)
  expect(await count()).toBe(before + 2 * 3)
})

test('a day that the default partition holds rows of stays there; its neighbours are made', async () => {
  const id = await addEvent(MIGRATED_DAYS)
  expect(await ensurePartitions(f.db, MIGRATED_DAYS + 1)).toBe(2 * 3 - 1)
  expect(await ensurePartitions(f.db, MIGRATED_DAYS + 1)).toBe(0)
  expect(await partitionOf(id)).toBe('events_default')
  expect(await partitionOf(await addEvent(MIGRATED_DAYS))).toBe('events_default')
  expect(await partitionOf(await addEvent(MIGRATED_DAYS + 1))).toBe(dayName('events', MIGRATED_DAYS + 1))
})

test('new partitions have the indexes and the settings', async () => {
  const indexesOf = (table: string) =>
    f.db.$queryRaw<{ name: string }[]>`SELECT indexname AS name FROM pg_indexes WHERE tablename = ${table}`
  const indexes = await indexesOf('deliveries')
  expect(indexes.length).toBeGreaterThan(5)
  expect(await indexesOf(dayName('deliveries', 0))).toHaveLength(indexes.length)
  const [{ options } = { options: [] }] = await f.db.$queryRaw<{ options: string[] }[]>`
    SELECT reloptions AS options FROM pg_class WHERE relname = ${dayName('deliveries', 0)}`
  expect(options).toEqual(expect.arrayContaining(['fillfactor=70', 'autovacuum_analyze_threshold=100000']))
})
