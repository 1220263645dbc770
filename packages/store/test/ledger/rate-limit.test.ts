import { setTimeout as sleep } from 'node:timers/promises'
import { afterAll, beforeAll, describe, expect, test } from '@jest/globals'
import { Prisma } from '../../src/generated/client.ts'
import { LATE_START_SECONDS } from '../../src/ledger/leave-late.ts'
import type { LedgerFixture } from './fixture.ts'
import { HELD, LEASE, openLedgerFixture, response, result, SUCCEEDED } from './fixture.ts'

let f: LedgerFixture
beforeAll(async () => {
  f = await openLedgerFixture()
})
afterAll(() => f.close())

const kinds = (answers: { kind: string }[]): string[] => answers.map((answer) => answer.kind)
const ago = (seconds: number): Date => new Date(Date.now() - seconds * 1_000)

describe('rateLimit', () => {
  test('what was admitted and waited since counts from its claim, each of a batch', async () => {
    const { endpointId, due, ids } = await f.flood({ rateLimit: { limit: 3, perSeconds: 1 } }, 3)
    await f.db.$executeRaw`
      INSERT INTO endpoint_tickets (delivery_id, fence, endpoint_id, admitted_at)
      SELECT id, fence, endpoint_id, now() - interval '1 hour' FROM deliveries WHERE id = ANY (${ids}::uuid[])`
    expect(kinds(await f.ledger.claim(due, LEASE))).toEqual(['claimed', 'claimed', 'claimed'])
    const tickets = await f.db.$queryRaw<{ counts: boolean }[]>`
      SELECT admitted_at > now() - interval '1 minute' AS counts FROM endpoint_tickets
      WHERE endpoint_id = ${endpointId}::uuid`
    expect(tickets).toEqual([{ counts: true }, { counts: true }, { counts: true }])
  })

  test('lets so many go in its period and says when to look again', async () => {
    const { endpointId, due } = await f.flood({ rateLimit: { limit: 3, perSeconds: 60 } }, 5)
    expect(kinds(await f.ledger.claim(due, LEASE))).toEqual(['claimed', 'claimed', 'claimed', 'held', 'held'])
    const { deliveries, again } = await f.ledger.letIn([endpointId])
    expect(deliveries).toEqual([])
    expect(again).toEqual([{ endpointId, at: expect.any(Date) }])
    expect((again[0]?.at.getTime() ?? 0) - Date.now()).toBeGreaterThan(55_000)
    // finished or not, they count
    await f.db.endpointTicket.updateMany({ where: { endpointId }, data: { admittedAt: new Date(Date.now() - 50_000) } })
    expect((await f.ledger.letIn([endpointId])).deliveries).toEqual([])
    await f.db.endpointTicket.updateMany({ where: { endpointId }, data: { admittedAt: new Date(Date.now() - 62_000) } })
    expect((await f.ledger.letIn([endpointId])).deliveries).toHaveLength(2)
  })
})

describe('what a rate limit counts', () => {
  test.each(['admits', 'lets in'])(
    'has arrived when it is recorded; until then it may be on its way: %s',
    async (how) => {
      const { endpointId, due } = await f.flood({ rateLimit: { limit: 3, perSeconds: 60 } }, 3)
      expect(kinds(await f.ledger.claim(due, LEASE))).toEqual(['claimed', 'claimed', 'claimed'])
      const next = await f.more(endpointId, 2)
      if (how === 'lets in') expect(kinds(await f.ledger.claim(next.due, LEASE))).toEqual(['held', 'held'])
      const asked = async (): Promise<number> =>
        how === 'admits'
          ? kinds(await f.ledger.claim(next.due, LEASE)).filter((kind) => kind === 'claimed').length
          : (await f.ledger.letIn([endpointId])).deliveries.length
      // as one that may wait for its slot
      await f.db.endpointTicket.updateMany({ where: { endpointId }, data: { admittedAt: ago(-5) } })
      if (how === 'lets in') expect(await asked()).toBe(0)
      // recorded within the last minute, and before it
      await f.db.endpointTicket.updateMany({ where: { endpointId }, data: { doneAt: ago(30) } })
      if (how === 'lets in') expect(await asked()).toBe(0)
      await f.db.endpointTicket.updateMany({ where: { endpointId }, data: { doneAt: ago(60.1) } })
      expect(await asked()).toBe(2)
    },
  )
})

test.each([
  ['without a fault has not been sent, and counts for nothing', null, 1],
  ['for a fault may have been sent, and counts', 'It broke.', 0],
])('what is handed back %s', async (_name, fault, room) => {
  const { due } = await f.flood({ rateLimit: { limit: 1, perSeconds: 3_600 } }, 1)
  const { id, claim } = await f.claim(due[0] ?? { deliveryId: '', round: 0 })
  await f.ledger.release([{ claim, delaySeconds: 0, fault }])
  const answers = await f.ledger.claim([{ deliveryId: id, round: 1 }], LEASE)
  expect(kinds(answers).filter((kind) => kind === 'claimed')).toHaveLength(room)
})

describe('what leaves late', () => {
  const NONE = { deliveryId: '', round: 0 }
  const LIMIT = { limit: 2, perSeconds: 1 }

  test.each(['a claim', 'a fan-out'])('counts from then on, claimed by %s', async (by) => {
    const { endpointId, due } = await f.flood({ rateLimit: LIMIT }, by === 'a claim' ? 2 : 0)
    const claimed = []
    if (by === 'a claim') {
      for (const one of due) claimed.push(await f.claim(one))
    } else {
      const eventIds = [
        await f.publish({ tenantId: f.tenantId, endpointId }),
        await f.publish({ tenantId: f.tenantId, endpointId }),
      ]
      claimed.push(...(await f.ledger.fanOutUpTo(eventIds, 10, { leaseSeconds: LEASE, wants: () => true })).claimed)
    }
    expect(claimed).toHaveLength(2)
    const [late, other] = claimed
    if (late === undefined || other === undefined) throw new Error('not claimed')
    await f.db.endpointTicket.updateMany({ where: { endpointId }, data: { admittedAt: ago(0.8) } })
    expect(await f.ledger.leaveLate([late.claim])).toEqual([true])
    const tickets = await f.db.endpointTicket.findMany({ where: { endpointId } })
    const leaves = (id: string): number =>
      (tickets.find((ticket) => ticket.deliveryId === id)?.admittedAt.getTime() ?? 0) - Date.now()
    expect(leaves(late.id)).toBeGreaterThan((LATE_START_SECONDS - 0.5) * 1_000)
    expect(leaves(other.id)).toBeLessThan(0)
    // the other has ceased to count, and so there is room for one
    await f.db.endpointTicket.updateMany({ where: { deliveryId: other.id }, data: { admittedAt: ago(1.3) } })
    const more = await f.more(endpointId, 2)
    expect(kinds(await f.ledger.claim(more.due, LEASE)).sort()).toEqual(['claimed', 'held'])
    // recorded, it has arrived
    expect(await f.ledger.record([result(late, response(200), SUCCEEDED)])).toEqual([HELD])
  })

  test('may leave no more when it may have ceased to count, each of a batch', async () => {
    const { endpointId, due } = await f.flood({ rateLimit: LIMIT }, 2)
    const [gone, there] = [await f.claim(due[0] ?? NONE), await f.claim(due[1] ?? NONE)]
    await f.db.endpointTicket.updateMany({
      where: { endpointId, deliveryId: gone.id },
      data: { admittedAt: ago(1.3) },
    })
    const before = await f.db.endpointTicket.findFirst({ where: { deliveryId: gone.id } })
    expect(await f.ledger.leaveLate([gone.claim, there.claim])).toEqual([false, true])
    expect(await f.db.endpointTicket.findFirst({ where: { deliveryId: gone.id } })).toEqual(before)
  })

  test('has to wait for those who are being let in, and may find that it counts no more', async () => {
    const { endpointId, due } = await f.flood({ rateLimit: LIMIT }, 1)
    const late = await f.claim(due[0] ?? NONE)
    await f.db.endpointTicket.updateMany({ where: { endpointId }, data: { admittedAt: ago(1) } })
    const asked = await f.db.$transaction(async (tx) => {
      await tx.$queryRaw`SELECT FROM endpoint_gates WHERE endpoint_id = ${endpointId}::uuid FOR UPDATE`
      const answer = f.ledger.leaveLate([late.claim])
      await sleep(400)
      return { answer }
    })
    expect(await asked.answer).toEqual([false])
  })

  test('is not held to a limit that is gone', async () => {
    const { endpointId, due } = await f.flood({ rateLimit: LIMIT }, 1)
    const late = await f.claim(due[0] ?? NONE)
    await f.db.endpointTicket.updateMany({ where: { endpointId }, data: { admittedAt: ago(5) } })
    await f.db.endpoint.update({ where: { id: endpointId }, data: { rateLimit: Prisma.DbNull } })
    expect(await f.ledger.leaveLate([late.claim])).toEqual([true])
  })

  test('of a claim whose ticket is gone, it may not', async () => {
    const { due } = await f.flood({ rateLimit: LIMIT }, 1)
    const lost = await f.claim(due[0] ?? NONE)
    await f.ledger.release([{ claim: lost.claim, delaySeconds: 0, fault: null }])
    const again = await f.claim({ deliveryId: lost.id, round: 1 })
    await f.db.endpointTicket.deleteMany({ where: { deliveryId: lost.id, fence: lost.claim.fence - 1 } })
    expect(await f.ledger.leaveLate([lost.claim, again.claim])).toEqual([false, true])
  })
})
