import { afterAll, beforeAll, describe, expect, test } from '@jest/globals'
import { createSealer, newId } from '@redrive/core'
import { silentLog } from '@redrive/runtime'
import { createLedger } from '../../src/ledger/create.ts'
import { SECRET } from '../repositories/fixture.ts'
import type { LedgerFixture } from './fixture.ts'
import { LEASE, openLedgerFixture, response, result, retryIn, SUCCEEDED } from './fixture.ts'

let f: LedgerFixture
beforeAll(async () => {
  f = await openLedgerFixture()
})
afterAll(() => f.close())

describe('a claim', () => {
  test('brings all that sending needs, secrets and headers opened', async () => {
    const endpoint = await f.endpoint(f.tenantId, {
      headers: { authorization: { value: 'Bearer x', sensitive: true }, 'x-team': { value: 'a', sensitive: false } },
      filter: { a: 1 },
      rateLimit: { limit: 5, perSeconds: 1 },
    })
    const payload = '{ "n": 12345678901234567890 }'
    const expiresAt = new Date(Date.now() + 3_600_000)
    const eventId = await f.publish({
      tenantId: f.tenantId,
      endpointId: endpoint.id,
      payload,
      subject: { type: 'order', id: '7' },
      metadata: { m: 'ü' },
      expiresAt,
    })
    const [due] = await f.ledger.fanOut([eventId])
    if (!due) throw new Error('nothing is due')
    const claimed = await f.claim(due)
    expect(claimed).toMatchObject({
      claim: { deliveryId: due.deliveryId, fence: 1 },
      id: due.deliveryId,
      number: expect.any(Number),
      tenantId: f.tenantId,
      round: 0,
      attemptNumber: 1,
      policyAttempts: 0,
      mode: 'policy',
      trigger: 'automatic',
      faults: 0,
      event: {
        id: eventId,
        payload,
        subject: { type: 'order', id: '7' },
        metadata: { m: 'ü' },
        expiresAt,
        status: 'dispatched',
      },
      endpoint: {
        id: endpoint.id,
        url: endpoint.url,
        status: 'active',
        headers: { authorization: { value: 'Bearer x', sensitive: true }, 'x-team': { value: 'a', sensitive: false } },
        filter: { a: 1 },
        rateLimit: { limit: 5, perSeconds: 1 },
        secrets: [{ secret: SECRET, expiresAt: null }],
        health: { state: 'ok', consecutiveFailures: 0 },
      },
    })
    expect(await f.row(due.deliveryId)).toMatchObject({
      status: 'delivering',
      nextAttemptAt: null,
      claimedAt: expect.any(Date),
    })
  })

  test('carries each secret that still signs, newest first', async () => {
    const due = await f.deliver()
    const old = await f.db.endpointSecret.findFirstOrThrow({ where: { endpointId: due.endpointId } })
    const graceEnd = new Date(Date.now() + 60_000)
    await f.db.endpointSecret.update({ where: { id: old.id }, data: { expiresAt: graceEnd } })
    await f.db.endpointSecret.createMany({
      data: [
        { ...old, id: newId(), expiresAt: new Date(Date.now() - 1000) },
        { ...old, id: newId(), expiresAt: null },
      ],
    })
    const { endpoint } = await f.claim(due)
    expect(endpoint.secrets).toEqual([
      { secret: SECRET, expiresAt: null },
      { secret: SECRET, expiresAt: graceEnd },
    ])
  })

  test('answers each request in order', async () => {
    const [one, two, three] = [await f.deliver(), await f.deliver(), await f.deliver()]
    await f.claim(two)
    const answers = await f.ledger.claim([three, { deliveryId: newId(), round: 0 }, two, one, three], LEASE)
    expect(answers.map((answer) => (answer.kind === 'nothing' ? answer.reason : answer.kind))).toEqual([
      'claimed',
      'unknown',
      'in_flight',
      'claimed',
      'in_flight',
    ])
    expect(answers[0]).toMatchObject({ delivery: { id: three.deliveryId } })
    expect(answers[3]).toMatchObject({ delivery: { id: one.deliveryId } })
    expect(await f.ledger.claim([], LEASE)).toEqual([])
  })

  test('is had by one of fifty at once', async () => {
    const due = await f.deliver()
    const answers = await Promise.all(Array.from({ length: 50 }, () => f.ledger.claim([due], LEASE)))
    const kinds = answers.flat().map((answer) => (answer.kind === 'nothing' ? answer.reason : answer.kind))
    expect(kinds.filter((kind) => kind === 'claimed')).toHaveLength(1)
    expect(kinds.filter((kind) => kind === 'in_flight')).toHaveLength(49)
  })

  test('overlapping batches in opposite orders take each delivery once, without deadlock', async () => {
    const dues = await Promise.all(Array.from({ length: 30 }, () => f.deliver()))
    const batches = Array.from({ length: 10 }, (_, n) => (n % 2 === 0 ? dues : [...dues].reverse()))
    const answers = (await Promise.all(batches.map((batch) => f.ledger.claim(batch, LEASE)))).flat()
    const claimed = answers.flatMap((answer) => (answer.kind === 'claimed' ? [answer.delivery.id] : []))
    expect(claimed.sort()).toEqual(dues.map((due) => due.deliveryId).sort())
  })
})

describe('what is not claimed', () => {
  test('what is not due yet is early, for a job of an older round superseded', async () => {
    const due = await f.deliver()
    const next = retryIn(60, false)
    await f.ledger.record([result(await f.claim(due), response(500), next)])
    const [answer] = await f.ledger.claim([{ ...due, round: 1 }], LEASE)
    expect(answer).toEqual({ kind: 'early', dueAt: next.status === 'retrying' && next.at })
    expect(await f.ledger.claim([due], LEASE)).toEqual([{ kind: 'nothing', reason: 'superseded' }])
  })

  test('half a second early is on time; an older round’s job is good enough for what is due', async () => {
    const due = await f.deliver()
    await f.ledger.record([result(await f.claim(due), response(500), retryIn(0.5, false))])
    expect(await f.claim(due)).toMatchObject({ round: 1, attemptNumber: 2, policyAttempts: 1, claim: { fence: 2 } })
  })

  test('what is finished', async () => {
    const due = await f.deliver()
    await f.ledger.record([result(await f.claim(due), response(200), SUCCEEDED)])
    expect(await f.ledger.claim([due], LEASE)).toEqual([{ kind: 'nothing', reason: 'finished' }])
  })

  test('a paused endpoint’s delivery is parked', async () => {
    const due = await f.deliver()
    await f.endpoints.update(f.tenantId, due.endpointId, { status: 'paused' })
    expect(await f.ledger.claim([due], LEASE)).toEqual([{ kind: 'nothing', reason: 'parked' }])
    expect(await f.row(due.deliveryId)).toMatchObject({
      status: 'pending',
      lookAt: null,
      nextAttemptAt: expect.any(Date),
    })
  })

  test.each([
    ['endpoint_disabled', 'failed'],
    ['endpoint_deleted', 'failed'],
    ['expired', 'cancelled'],
  ])('%s closes it as %s', async (code, status) => {
    const due = await f.deliver()
    const { eventId } = await f.row(due.deliveryId)
    if (code === 'expired')
      await f.db.event.update({ where: { id: eventId }, data: { expiresAt: new Date(Date.now() - 1) } })
    else
      await f.db.endpoint.update({
        where: { id: due.endpointId },
        data: code === 'endpoint_disabled' ? { status: 'disabled' } : { deletedAt: new Date() },
      })
    const [answer] = await f.ledger.claim([due], LEASE)
    expect(answer).toMatchObject({ kind: 'closed', failure: { code, message: expect.stringMatching(/^The /) } })
    expect(await f.row(due.deliveryId)).toMatchObject({
      status,
      failureCode: code,
      lookAt: null,
      nextAttemptAt: null,
      completedAt: expect.any(Date),
      attemptCount: 0,
    })
  })

  test('a secret under a key that is not configured holds up its own delivery only, and is no fault of it', async () => {
    const [one, two] = [await f.deliver(), await f.deliver()]
    const other = createSealer([Buffer.alloc(32, 7)])
    await f.db.endpointSecret.updateMany({
      where: { endpointId: one.endpointId },
      data: { sealed: other.seal('x', 'y') },
    })
    const answers = await f.ledger.claim([one, two], LEASE)
    expect(answers).toMatchObject([{ kind: 'nothing', reason: 'unreadable' }, { kind: 'claimed' }])
    expect(await f.row(one.deliveryId)).toMatchObject({
      status: 'pending',
      faults: 0,
      round: 1,
      lookAt: expect.any(Date),
    })
  })
})

test('a ledger with other keys sees the same rows', async () => {
  const due = await f.deliver()
  const stranger = createLedger(f.db, {
    batches: f.batches,
    sealer: createSealer([Buffer.alloc(32, 9)]),
    log: silentLog,
  })
  expect(await stranger.claim([due], LEASE)).toEqual([{ kind: 'nothing', reason: 'unreadable' }])
})
