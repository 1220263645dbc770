import { afterAll, beforeAll, expect, test } from '@jest/globals'
import { newId } from '@redrive/core'
import { Prisma } from '../../src/generated/client.ts'
import { findOwed } from '../../src/ledger/owed.ts'
import { type LedgerFixture, openLedgerFixture } from './fixture.ts'

const WAITING = 20_000

let f: LedgerFixture
beforeAll(async () => {
  f = await openLedgerFixture()
})
afterAll(() => f.close())

/** Pages that the statement looks at. */
async function pagesOf(what: Parameters<typeof findOwed>[1]): Promise<number> {
  let pages = 0
  const explaining = {
    $queryRaw: async <Rows>(strings: TemplateStringsArray, ...values: unknown[]): Promise<Rows> => {
      const statement = Prisma.sql(strings, ...values)
      const [row] = await f.db.$queryRaw<{ 'QUERY PLAN': [{ Plan: Record<string, number> }] }[]>`
        EXPLAIN (ANALYZE, BUFFERS, FORMAT JSON) ${statement}`
      const { Plan } = row?.['QUERY PLAN'][0] ?? { Plan: {} }
      pages = (Plan['Shared Hit Blocks'] ?? NaN) + (Plan['Shared Read Blocks'] ?? NaN)
      return f.db.$queryRaw<Rows>(statement)
    },
  }
  await findOwed(explaining, what)
  return pages
}

test('what is owed of an event or by its id is found among very many that wait without looking at these', async () => {
  const due = await f.deliver()
  const delivery = await f.row(due.deliveryId)
  const { eventId } = delivery
  const { tenantId, endpointId } = due
  const ids = Array.from({ length: WAITING }, newId)
  await f.db.$executeRaw`
    INSERT INTO deliveries (id, event_id, endpoint_id, tenant_id, event_type, status, next_attempt_at, look_at)
    SELECT id, ${newId()}::uuid, ${endpointId}::uuid, ${tenantId}::uuid, 'a.b', 'retrying',
           now() + interval '1 hour', now() + interval '1 hour'
    FROM unnest(${ids}::uuid[]) AS id`
  await f.db.$executeRaw`ANALYZE deliveries`
  const others = ids.slice(0, 20)
  const expected = [expect.objectContaining({ deliveryId: due.deliveryId, round: 0 })]
  expect(await findOwed(f.db, { eventIds: [eventId], deliveryIds: others })).toEqual(expected)
  expect(await findOwed(f.db, { eventIds: [], deliveryIds: [due.deliveryId, ...others] })).toEqual(expected)
  // a look-up takes three or four pages, in each of a few partitions
  expect(await pagesOf({ eventIds: [eventId, ...others], deliveryIds: [] })).toBeLessThan(200)
  expect(await pagesOf({ eventIds: [eventId], deliveryIds: others })).toBeLessThan(200)
})
