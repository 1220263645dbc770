import { randomBytes } from 'node:crypto'
import { afterAll, beforeAll, expect, test } from '@jest/globals'
import { createSealer } from '@redrive/core'
import { silentLog } from '@redrive/runtime'
import { reencrypt } from '../src/reencrypt.ts'
import { createEndpoints } from '../src/repositories/endpoints.ts'
import { storedHeaders } from '../src/rows/endpoint-row.ts'
import { createLedger } from '../src/ledger/create.ts'
import { type Fixture, newEndpoint, openFixture, sealer as lost, SECRET } from './repositories/fixture.ts'

const [oldKey, newKey] = [randomBytes(32), randomBytes(32)]
const before = createSealer([oldKey])
const both = createSealer([newKey, oldKey])
const after = createSealer([newKey])

let f: Fixture
beforeAll(async () => {
  f = await openFixture()
})
afterAll(() => f.close())

const headers = {
  'x-plain': { value: 'plain', sensitive: false },
  'x-key': { value: 'value-of-x-key', sensitive: true },
}
const create = (sealer: typeof before, more: object = {}) =>
  createEndpoints(f.db, sealer).create(f.tenantId, { ...newEndpoint(), ...more })
const run = (sealer = both) => reencrypt({ databaseUrl: f.databaseUrl, sealer })

test('everything is sealed under the first key, after which the old one is needed by nobody', async () => {
  const endpoints = [await create(before, { headers }), await create(before), await create(both, { headers })]
  const deleted = await create(before)
  await f.endpoints.delete(f.tenantId, deleted.id)
  expect(await run()).toEqual({ changed: 4, current: 2, unreadable: [] })
  // again, as after an interruption: there is nothing left
  expect(await run()).toEqual({ changed: 0, current: 6, unreadable: [] })
  expect(await run(after)).toEqual({ changed: 0, current: 6, unreadable: [] })

  for (const { id } of endpoints) {
    expect(await createEndpoints(f.db, after).secret(f.tenantId, id)).toBe(SECRET)
  }
  const row = await f.db.endpoint.findUniqueOrThrow({ where: { id: endpoints[0]?.id ?? '' } })
  const stored = storedHeaders(row.headers)
  expect(stored['x-plain']).toEqual(headers['x-plain'])
  expect(after.open(stored['x-key']?.value ?? '', `${f.tenantId}/${row.id}`)).toBe('value-of-x-key')
})

test('what no key opens is left as it is, named, and stops nothing else', async () => {
  const lostOnes = [await create(lost, { headers }), await create(lost)]
  const good = await create(before)
  const rows = () => f.db.endpointSecret.findMany({ where: { endpointId: { in: lostOnes.map(({ id }) => id) } } })
  const untouched = await rows()
  const { changed, unreadable } = await run()
  expect(changed).toBe(1)
  expect(unreadable.sort()).toEqual(lostOnes.map(({ id }) => id).sort())
  expect(await rows()).toEqual(untouched)
  expect(await createEndpoints(f.db, after).secret(f.tenantId, good.id)).toBe(SECRET)
})

test('a value from another row is not sealed anew as if it belonged there', async () => {
  const [one, two] = [await create(before), await create(before)]
  const [foreign] = await f.db.endpointSecret.findMany({ where: { endpointId: one.id } })
  await f.db.endpointSecret.updateMany({ where: { endpointId: two.id }, data: { sealed: foreign?.sealed ?? '' } })
  expect((await run()).unreadable).toContain(two.id)
})

test('deliveries go on while it runs', async () => {
  const { id: endpointId } = await create(before, { headers })
  const ledger = createLedger(f.db, { batches: f.batches, sealer: both, log: silentLog })
  const ends: string[] = []
  const deliver = async (): Promise<void> => {
    const eventId = await f.publish({ tenantId: f.tenantId, endpointId })
    const [due] = await ledger.fanOut([eventId])
    const [answer] = await ledger.claim([{ deliveryId: due?.deliveryId ?? '', round: due?.round ?? 0 }], 20)
    if (answer?.kind !== 'claimed') throw new Error(`not claimed but ${String(answer?.kind)}`)
    ends.push(
      `${answer.delivery.endpoint.secrets[0]?.secret ?? ''} ${answer.delivery.endpoint.headers['x-key']?.value ?? ''}`,
    )
  }
  await deliver()
  await Promise.all([run(), run(), deliver(), deliver()])
  await deliver()
  expect(new Set(ends)).toEqual(new Set([`${SECRET} value-of-x-key`]))
})
