import { afterAll, beforeAll, expect, test } from '@jest/globals'
import type { LedgerFixture } from './fixture.ts'
import { LEASE, openLedgerFixture } from './fixture.ts'

/** Which fan-outs wait for the disk. */

let f: LedgerFixture
beforeAll(async () => {
  f = await openLedgerFixture()
  await f.db.$executeRaw`CREATE TABLE commits (place serial, synchronous text NOT NULL)`
  await f.db.$executeRaw`
    CREATE FUNCTION note_commit() RETURNS trigger LANGUAGE plpgsql AS $$
    BEGIN INSERT INTO commits (synchronous) VALUES (current_setting('synchronous_commit')); RETURN NULL; END $$`
  await f.db.$executeRaw`
    CREATE TRIGGER commits AFTER UPDATE ON events FOR EACH STATEMENT EXECUTE FUNCTION note_commit()`
})
afterAll(() => f.close())

/** What each statement that touched events since the last time was told of its commit. */
async function commits(): Promise<string[]> {
  const rows = await f.db.$queryRaw<{ synchronous: string }[]>`
    WITH gone AS (DELETE FROM commits RETURNING *) SELECT synchronous FROM gone ORDER BY place`
  return rows.map(({ synchronous }) => synchronous)
}

test('those that make a delivery, claimed or not; not those that find out that nobody gets an event', async () => {
  await f.endpoint(f.tenantId, { eventTypes: ['choosy'], channels: ['red'] })
  const publish = (channel: string) => f.publish({ tenantId: f.tenantId, type: 'choosy', channel })
  await commits()
  for (const [channel, deliveries] of Object.entries({ red: 1, blue: 0, 'red again': 0 })) {
    expect((await f.ledger.fanOutUpTo([await publish(channel)], 10)).due).toHaveLength(deliveries)
  }
  const claims = { leaseSeconds: LEASE, wants: () => true }
  expect((await f.ledger.fanOutUpTo([await publish('red')], 10, claims)).claimed).toHaveLength(1)
  expect(await commits()).toEqual(['on', 'off', 'off', 'on'])
})

test('each part of a large event, since later ones build on it', async () => {
  for (let n = 0; n < 3; n++) await f.endpoint(f.tenantId, { eventTypes: ['large'] })
  const eventId = await f.publish({ tenantId: f.tenantId, type: 'large' })
  await commits()
  let next = (await f.ledger.fanOutPart(eventId, null, 2)).next
  while (next !== null) next = (await f.ledger.fanOutPart(eventId, next, 2)).next
  expect(await commits()).toEqual(['on', 'on'])
})
