import { afterAll, beforeAll, expect, test } from '@jest/globals'
import { deliveryId, newId } from '@redrive/core'
import type { EventRetryAnswer } from '../../src/repositories.ts'
import type { Fixture } from './fixture.ts'
import { addDelivery, openFixture } from './fixture.ts'

let fixture: Fixture
let nextType = 0
beforeAll(async () => {
  fixture = await openFixture()
})
afterAll(() => fixture.close())

/** An event of a type of its own, to which these endpoints subscribe. */
async function scene(entry: Parameters<Fixture['publish']>[0] | object = {}) {
  const type = `scene.n${String(nextType++)}`
  const endpoint = (change: Parameters<Fixture['endpoint']>[1] = {}) =>
    fixture.endpoint(fixture.tenantId, { eventTypes: [type], ...change })
  const eventId = await fixture.publish({ tenantId: fixture.tenantId, type, ...entry })
  const add = (endpointId: string, state: Parameters<typeof addDelivery>[2]) =>
    addDelivery(fixture.db, { tenantId: fixture.tenantId, eventId, endpointId }, { eventType: type, ...state })
  return { type, eventId, endpoint, add }
}

const retry = (
  eventId: string,
  options: { endpointId?: string; onlyFailed?: boolean; onlyActive?: boolean } = {},
  tenantId?: string,
) => fixture.events.retry(tenantId ?? fixture.tenantId, eventId, { endpointId: null, onlyFailed: false, ...options })

function queued(answer: EventRetryAnswer): Extract<EventRetryAnswer, { kind: 'queued' }> {
  if (answer.kind !== 'queued') throw new Error(JSON.stringify(answer))
  return answer
}
const idsOf = (rows: readonly { id: string }[]) => rows.map((row) => row.id).sort()

test('finished ones are queued, missing ones made, one that is being sent is left alone', async () => {
  const { eventId, endpoint, add } = await scene()
  const done = await add((await endpoint()).id, { status: 'succeeded', attemptCount: 1 })
  const failed = await add((await endpoint()).id, { status: 'failed', attemptCount: 3, policyAttempts: 3 })
  const sending = await add((await endpoint()).id, { status: 'delivering', round: 4 })
  const missing = deliveryId(eventId, (await endpoint()).id)
  const parked = deliveryId(eventId, (await endpoint({ status: 'paused' })).id)
  await endpoint({ status: 'disabled' })
  await endpoint({ eventTypes: ['another.type'] })

  const answer = queued(await retry(eventId))
  expect(idsOf(answer.deliveries)).toEqual([done, failed, sending, missing, parked].sort())
  expect(answer.due.map((due) => due.deliveryId).sort()).toEqual([done, failed, missing].sort())
  expect(answer.due.every((due) => due.trigger === 'manual')).toBe(true)
  const rows = new Map(answer.deliveries.map((row) => [row.id, row]))
  expect(rows.get(done)).toMatchObject({ status: 'pending', attemptCount: 1, completedAt: null })
  expect(rows.get(failed)).toMatchObject({ status: 'pending', policyAttempts: 0 })
  expect(rows.get(sending)?.status).toBe('delivering')
  const parkedRow = await fixture.db.delivery.findUniqueOrThrow({ where: { id: parked } })
  expect(parkedRow).toMatchObject({ status: 'pending', lookAt: null })
})

test('onlyActive leaves out who is paused, and nobody else who has to wait', async () => {
  const { eventId, endpoint } = await scene()
  await endpoint({ status: 'paused' })
  const inOrder = deliveryId(eventId, (await endpoint({ ordering: 'fifo' })).id)
  expect(idsOf(queued(await retry(eventId, { onlyActive: true })).deliveries)).toEqual([inOrder])
})

test('onlyFailed spares what has succeeded, and makes what is missing', async () => {
  const { eventId, endpoint, add } = await scene()
  await add((await endpoint()).id, { status: 'succeeded' })
  const failed = await add((await endpoint()).id, { status: 'failed' })
  const missing = deliveryId(eventId, (await endpoint()).id)
  const answer = queued(await retry(eventId, { onlyFailed: true }))
  expect(idsOf(answer.deliveries)).toEqual([failed, missing].sort())
})

test('one endpoint alone, subscribed or not', async () => {
  const { eventId, endpoint } = await scene()
  await endpoint()
  const other = await endpoint({ eventTypes: ['another.type'] })
  const answer = queued(await retry(eventId, { endpointId: other.id }))
  expect(idsOf(answer.deliveries)).toEqual([deliveryId(eventId, other.id)])
  expect(answer.due).toHaveLength(1)
})

test('an event for one endpoint goes to that one alone', async () => {
  const only = await fixture.endpoint(fixture.tenantId, { eventTypes: ['nothing.of.this'] })
  const { eventId, endpoint } = await scene({ endpointId: only.id })
  await endpoint()
  expect(idsOf(queued(await retry(eventId)).deliveries)).toEqual([deliveryId(eventId, only.id)])
})

test('what waits goes now, and fifty at once queue it once', async () => {
  const { eventId, endpoint, add } = await scene()
  const waiting = await add((await endpoint()).id, {
    status: 'retrying',
    attemptCount: 1,
    policyAttempts: 1,
    nextAttemptAt: new Date(Date.now() + 3_600_000),
  })
  const done = await add((await endpoint()).id, { status: 'succeeded' })
  const missing = deliveryId(eventId, (await endpoint()).id)
  const answers = await Promise.all(Array.from({ length: 50 }, () => retry(eventId)))
  const due = answers.flatMap((answer) => queued(answer).due.map((row) => row.deliveryId))
  expect(due.sort()).toEqual([waiting, done, missing].sort())
  const row = await fixture.db.delivery.findUniqueOrThrow({ where: { id: waiting } })
  expect(row).toMatchObject({ status: 'retrying', policyAttempts: 1, round: 1 })
})

test('what can’t be retried is told apart', async () => {
  const { eventId, endpoint } = await scene()
  const theirs = await fixture.endpoint(fixture.otherTenantId)
  const disabled = await endpoint({ status: 'disabled' })
  const deleted = await endpoint()
  await fixture.endpoints.delete(fixture.tenantId, deleted.id)
  expect(await retry(newId())).toEqual({ kind: 'unknown' })
  expect(await retry('what')).toEqual({ kind: 'unknown' })
  expect(await retry(eventId, {}, fixture.otherTenantId)).toEqual({ kind: 'unknown' })
  expect(await retry(eventId, { endpointId: theirs.id })).toEqual({ kind: 'unknown_endpoint' })
  expect(await retry(eventId, { endpointId: newId() })).toEqual({ kind: 'unknown_endpoint' })
  expect(await retry(eventId, { endpointId: disabled.id })).toEqual({ kind: 'conflict', reason: 'endpoint_disabled' })
  expect(await retry(eventId, { endpointId: deleted.id })).toEqual({ kind: 'conflict', reason: 'endpoint_deleted' })
  const later = await scene({ deliverAt: new Date(Date.now() + 3_600_000) })
  expect(await retry(later.eventId)).toEqual({ kind: 'conflict', reason: 'scheduled' })
  const gone = await scene({ expiresAt: new Date(Date.now() - 1000) })
  expect(await retry(gone.eventId)).toEqual({ kind: 'conflict', reason: 'expired' })
  expect(queued(await retry(eventId))).toEqual({ kind: 'queued', deliveries: [], due: [] })
})
