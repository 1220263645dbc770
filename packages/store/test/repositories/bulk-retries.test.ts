import { afterAll, beforeAll, expect, test } from '@jest/globals'
import type { BulkRetryFilter, BulkRetryRequest, Endpoint } from '@redrive/core'
import { newId } from '@redrive/core'
import type { BulkStep } from '../../src/repositories.ts'
import { createBulkRetries } from '../../src/repositories/bulk-retries.ts'
import type { Fixture } from './fixture.ts'
import { addDelivery, openFixture } from './fixture.ts'

let fixture: Fixture
beforeAll(async () => {
  fixture = await openFixture()
})
afterAll(() => fixture.close())

const NO_FILTER: BulkRetryFilter = {
  status: 'failed',
  endpointId: null,
  eventType: null,
  since: null,
  until: null,
  errorCode: null,
}
function request(filter: Partial<BulkRetryFilter> = {}, rest: Partial<BulkRetryRequest> = {}): BulkRetryRequest {
  return { filter: { ...NO_FILTER, ...filter }, mode: 'policy', onlyMissing: false, ...rest }
}

type State = Partial<Parameters<typeof addDelivery>[2]>

/** An endpoint of its own with so many deliveries that failed. */
async function failures(count: number, state: State = {}): Promise<{ endpoint: Endpoint; ids: string[] }> {
  const endpoint = await fixture.endpoint(fixture.tenantId, { eventTypes: ['nothing.by.itself'] })
  const ids: string[] = []
  for (let made = 0; made < count; made++) ids.push(await failure(endpoint, state))
  return { endpoint, ids }
}

async function failure(endpoint: Endpoint, state: State = {}, event: { expiresAt?: Date } = {}): Promise<string> {
  const { tenantId } = endpoint
  const eventId = await fixture.publish({ tenantId, ...event })
  return addDelivery(
    fixture.db,
    { tenantId, eventId, endpointId: endpoint.id },
    { status: 'failed', attemptCount: 3, policyAttempts: 3, lastErrorCode: 'http_status', ...state },
  )
}

async function start(asked: BulkRetryRequest, tenantId = fixture.tenantId) {
  const answer = await fixture.bulkRetries.start(tenantId, asked)
  if (answer.kind !== 'started') throw new Error(JSON.stringify(answer))
  return answer.retry
}

test('counting ends after its time: at least so many, and at its end a bulk retry says how many there were', async () => {
  const { endpoint } = await failures(5)
  const hurried = createBulkRetries(fixture.db, { pageSize: 2, ms: 0 })
  const asked = request({ endpointId: endpoint.id })
  expect(await hurried.count(fixture.tenantId, asked)).toEqual({ kind: 'counted', matched: 2, more: true })
  const patient = createBulkRetries(fixture.db, { pageSize: 2, ms: 60_000 })
  expect(await patient.count(fixture.tenantId, asked)).toEqual({ kind: 'counted', matched: 5, more: false })
  const missing = request({ endpointId: endpoint.id }, { onlyMissing: true })
  expect(await patient.count(fixture.tenantId, missing)).toEqual({ kind: 'counted', matched: 0, more: false })
  const answer = await hurried.start(fixture.tenantId, asked)
  if (answer.kind !== 'started') throw new Error(answer.kind)
  expect(answer.retry.matched).toBe(2)
  await runAll(2)
  expect(await fixture.bulkRetries.get(fixture.tenantId, answer.retry.id)).toMatchObject({
    status: 'completed',
    matched: 5,
    queued: 5,
    skipped: 0,
  })
})

/** Steps until none is running; the steps that there were. */
async function runAll(limit = 100): Promise<BulkStep[]> {
  const steps: BulkStep[] = []
  for (let step = await fixture.bulkRetries.step(limit); step !== null; step = await fixture.bulkRetries.step(limit)) {
    steps.push(step)
  }
  return steps
}
const row = (id: string) => fixture.db.delivery.findUniqueOrThrow({ where: { id } })

test('queues what matches in batches, oldest first, and each once', async () => {
  const { endpoint, ids } = await failures(7)
  const other = await failures(1)
  const retry = await start(request({ endpointId: endpoint.id }, { mode: 'once' }))
  expect(retry).toMatchObject({ status: 'running', matched: 7, queued: 0, skipped: 0 })

  const steps = await runAll(3)
  expect(steps.map((step) => step.due.map((due) => due.deliveryId).sort())).toEqual([
    ids.slice(0, 3),
    ids.slice(3, 6),
    ids.slice(6),
  ])
  expect(steps.flatMap((step) => step.due)).toMatchObject(ids.map(() => ({ trigger: 'bulk', round: 1 })))
  expect(await fixture.bulkRetries.get(fixture.tenantId, retry.id)).toMatchObject({
    status: 'completed',
    matched: 7,
    queued: 7,
    skipped: 0,
    completedAt: expect.any(Date),
  })
  expect(await row(ids[0] ?? '')).toMatchObject({ status: 'pending', mode: 'once', trigger: 'bulk', policyAttempts: 0 })
  expect((await row(other.ids[0] ?? '')).status).toBe('failed')
})

test('what fails again, or was retried by others meanwhile, is not taken a second time', async () => {
  const { endpoint, ids } = await failures(4)
  const [, second = '', third = '', fourth = ''] = ids
  const retry = await start(request({ endpointId: endpoint.id }))
  await fixture.bulkRetries.step(1)
  const later = new Date(Date.now() + 5_000)
  await fixture.db.delivery.update({ where: { id: second }, data: { status: 'failed', updatedAt: later } })
  await fixture.db.delivery.update({ where: { id: third }, data: { status: 'succeeded' } })
  const steps = await runAll()
  expect(steps.flatMap((step) => step.due.map((due) => due.deliveryId))).toEqual([fourth])
  expect(await fixture.bulkRetries.get(fixture.tenantId, retry.id)).toMatchObject({ matched: 4, queued: 2, skipped: 2 })
})

test('a batch that does not commit is as if it had not begun, and another goes on from the cursor', async () => {
  const { endpoint, ids } = await failures(4)
  const retry = await start(request({ endpointId: endpoint.id }))
  const first = await fixture.bulkRetries.step(2)
  expect(first?.due).toHaveLength(2)
  // as a worker that dies in the middle: everything of the batch is done, and then the transaction is gone
  const died = new Error('died')
  const dying = fixture.db.$transaction(async (tx) => {
    // the step's own transaction is this one, which is open already
    const inside = new Proxy(fixture.db, {
      get: (_db, name) =>
        name === '$transaction'
          ? (work: (inner: typeof tx) => unknown) => work(tx)
          : (Reflect.get(tx, name) as unknown),
    })
    const step = await createBulkRetries(inside).step(2)
    expect(step?.due).toHaveLength(2)
    throw died
  })
  await expect(dying).rejects.toBe(died)
  expect((await row(ids[2] ?? '')).status).toBe('failed')
  const rest = await runAll()
  expect(rest.flatMap((step) => step.due.map((due) => due.deliveryId)).sort()).toEqual(ids.slice(2))
  expect(await fixture.bulkRetries.get(fixture.tenantId, retry.id)).toMatchObject({ queued: 4, status: 'completed' })
})

test('many workers at once queue each delivery once', async () => {
  const { endpoint, ids } = await failures(30)
  await start(request({ endpointId: endpoint.id }))
  const queued: string[] = []
  const worker = async (): Promise<void> => {
    for (let idle = 0; idle < 5;) {
      const step = await fixture.bulkRetries.step(4)
      if (step === null) idle++
      else queued.push(...step.due.map((due) => due.deliveryId))
    }
  }
  await Promise.all(Array.from({ length: 6 }, worker))
  await runAll()
  expect(queued.sort()).toEqual(ids)
  const rounds = await fixture.db.delivery.findMany({ where: { endpointId: endpoint.id }, select: { round: true } })
  expect(new Set(rounds.map((found) => found.round))).toEqual(new Set([1]))
})

test('one is running for a filter: fifty at once start one', async () => {
  const { endpoint } = await failures(2)
  const asked = request({ endpointId: endpoint.id })
  const answers = await Promise.all(
    Array.from({ length: 50 }, () => fixture.bulkRetries.start(fixture.tenantId, asked)),
  )
  const ids = answers.map((answer) => ('retry' in answer ? answer.retry.id : ''))
  expect(new Set(ids).size).toBe(1)
  expect(answers.filter((answer) => answer.kind === 'started')).toHaveLength(1)
  await runAll()
  expect((await start(asked)).matched).toBe(0)
  await runAll()
})

test('cancelled in the middle, it queues no more', async () => {
  const { endpoint, ids } = await failures(4)
  const retry = await start(request({ endpointId: endpoint.id }))
  await fixture.bulkRetries.step(2)
  expect(await fixture.bulkRetries.cancel(fixture.otherTenantId, retry.id)).toBeNull()
  expect(await fixture.bulkRetries.cancel(fixture.tenantId, retry.id)).toMatchObject({
    kind: 'cancelled',
    retry: { status: 'cancelled', queued: 2 },
  })
  expect(await runAll()).toEqual([])
  expect((await row(ids[3] ?? '')).status).toBe('failed')
  expect(await fixture.bulkRetries.cancel(fixture.tenantId, retry.id)).toMatchObject({ kind: 'finished' })
})

test('one that can’t go on does not keep others from their turns', async () => {
  const [broken, sound] = [await failures(1), await failures(1)]
  const stuck = await start(request({ endpointId: broken.endpoint.id }))
  await fixture.db.bulkRetry.update({ where: { id: stuck.id }, data: { filter: { since: 'nonsense', until: null } } })
  const other = await start(request({ endpointId: sound.endpoint.id }))
  await expect(fixture.bulkRetries.step(10)).rejects.toThrow()
  expect((await fixture.bulkRetries.step(10))?.retry).toMatchObject({ id: other.id, status: 'completed' })
  await fixture.bulkRetries.cancel(fixture.tenantId, stuck.id).catch(() => null)
  await fixture.db.bulkRetry.delete({ where: { id: stuck.id } })
})

test('one batch looks through a bounded number, however few of them match', async () => {
  const { endpoint, ids } = await failures(1)
  const [first = ''] = ids
  await fixture.db.$executeRaw`
    INSERT INTO deliveries (id, event_id, endpoint_id, tenant_id, event_type, status, trigger, last_error_code)
    SELECT (left(d.id::text, 24) || lpad(to_hex(n), 12, '0'))::uuid, d.event_id, d.endpoint_id, d.tenant_id, d.event_type,
           d.status, d.trigger, d.last_error_code
    FROM deliveries d, generate_series(1, 2000) n WHERE d.id = ${first}::uuid`
  const wanted = await failure(endpoint, { lastErrorCode: 'timeout' })
  const retry = await start(request({ endpointId: endpoint.id, errorCode: 'timeout' }))
  expect(await fixture.bulkRetries.step(10)).toMatchObject({ retry: { id: retry.id, status: 'running' }, due: [] })
  expect(await fixture.bulkRetries.step(10)).toMatchObject({
    retry: { id: retry.id, status: 'completed', queued: 1, skipped: 0 },
    due: [{ deliveryId: wanted }],
  })
})

test('each filter counts what it says', async () => {
  const { endpoint } = await failures(2)
  const { id: endpointId } = endpoint
  const past = await failure(endpoint, { eventType: 'another.type', lastErrorCode: 'timeout' })
  await failure(endpoint, { lastErrorCode: null, failureCode: 'endpoint_disabled' })
  await failure(endpoint, { status: 'succeeded' })
  await failure(endpoint, { status: 'cancelled' })
  const count = async (filter: Partial<BulkRetryFilter>) => {
    const answer = await fixture.bulkRetries.count(fixture.tenantId, request({ endpointId, ...filter }))
    return 'matched' in answer ? answer.matched : answer
  }
  expect(await count({})).toBe(4)
  expect(await count({ eventType: 'another.type' })).toBe(1)
  expect(await count({ errorCode: 'timeout' })).toBe(1)
  expect(await count({ errorCode: 'endpoint_disabled' })).toBe(1)
  expect(await count({ status: 'succeeded' })).toBe(1)
  expect(await count({ status: 'cancelled' })).toBe(1)
  expect(await count({ status: 'retrying' })).toBe(0)
  expect(await count({ until: new Date(Date.now() - 60_000) })).toBe(0)
  expect(await count({ since: new Date(Date.now() + 60_000) })).toBe(0)
  expect(await count({ since: new Date(Date.now() - 60_000), until: new Date(Date.now() + 60_000) })).toBe(4)
  expect(past).not.toBe('')
  expect(await count({ endpointId: newId() })).toEqual({ kind: 'unknown_endpoint' })
  const theirs = await fixture.endpoint(fixture.otherTenantId)
  expect(await count({ endpointId: theirs.id })).toEqual({ kind: 'unknown_endpoint' })
  const disabled = await fixture.endpoint(fixture.tenantId, { status: 'disabled' })
  expect(await count({ endpointId: disabled.id })).toEqual({ kind: 'conflict', reason: 'endpoint_disabled' })
})

test('what can’t be sent is skipped; what is for a paused endpoint waits', async () => {
  const tenant = await fixture.tenants.create({ name: 'Of this test' })
  if ('conflict' in tenant) throw new Error('the tenant could not be made')
  const tenantId = tenant.tenant.id
  const endpoint = await fixture.endpoint(tenantId)
  const paused = await fixture.endpoint(tenantId, { status: 'paused' })
  const disabled = await fixture.endpoint(tenantId, { status: 'disabled' })
  await failure(endpoint, {}, { expiresAt: new Date(Date.now() - 1000) })
  await failure(disabled)
  const waiting = await failure(paused)
  const sent = await failure(endpoint)
  const retry = await start(request(), tenantId)
  const steps = await runAll()
  expect(steps.flatMap((step) => step.due.map((due) => due.deliveryId))).toEqual([sent])
  expect(await row(waiting)).toMatchObject({ status: 'pending', lookAt: null, trigger: 'bulk' })
  expect(await fixture.bulkRetries.get(tenantId, retry.id)).toMatchObject({ matched: 4, queued: 2, skipped: 2 })
  expect(await fixture.bulkRetries.get(fixture.tenantId, retry.id)).toBeNull()
})

test('onlyMissing makes what the endpoint would have got', async () => {
  const type = 'missing.one'
  const publish = async (entry: Parameters<Fixture['publish']>[0] | object = {}) => {
    const id = await fixture.publish({ tenantId: fixture.tenantId, type, ...entry })
    await fixture.db.event.update({ where: { id }, data: { status: 'dispatched' } })
    return id
  }
  const before = await fixture.endpoint(fixture.tenantId, { eventTypes: [type] })
  const wanted = [await publish({ payload: '{"n":1}' }), await publish({ payload: '{"n":2}' })]
  await publish({ type: 'missing' })
  await publish({ type: 'redrive.something' })
  await publish({ endpointId: before.id, payload: '{"n":3}' })
  await publish({ expiresAt: new Date(Date.now() - 1000), payload: '{"n":4}' })
  await fixture.publish({ tenantId: fixture.otherTenantId, type })
  const refusedByFilter = await publish({ payload: '{"n":50}' })
  const endpoint = await fixture.endpoint(fixture.tenantId, {
    eventTypes: ['missing.*'],
    filter: { n: { $lt: 10 } },
  })
  const has = await publish({ payload: '{"n":5}' })
  await addDelivery(
    fixture.db,
    { tenantId: fixture.tenantId, eventId: has, endpointId: endpoint.id },
    { status: 'failed' },
  )

  const asked = request({ endpointId: endpoint.id }, { onlyMissing: true })
  const retry = await start(asked)
  expect(retry.matched).toBe(3)
  const due = (await runAll(2)).flatMap((step) => step.due)
  expect(due.every((one) => one.trigger === 'bulk' && one.round === 0)).toBe(true)
  const made = await fixture.db.delivery.findMany({ where: { endpointId: endpoint.id, status: 'pending' } })
  expect(made.map((delivery) => delivery.eventId).sort()).toEqual([...wanted].sort())
  expect(made.map((delivery) => delivery.eventId)).not.toContain(refusedByFilter)
  expect(await fixture.bulkRetries.get(fixture.tenantId, retry.id)).toMatchObject({ queued: 2, skipped: 1 })

  const all = await fixture.endpoint(fixture.tenantId, { eventTypes: ['*'], channels: ['none'] })
  expect(
    await fixture.bulkRetries.count(fixture.tenantId, request({ endpointId: all.id }, { onlyMissing: true })),
  ).toEqual({
    kind: 'counted',
    matched: 0,
    more: false,
  })
})

test('its completion is told once', async () => {
  const { endpoint } = await failures(1)
  await fixture.endpoint(fixture.tenantId, { eventTypes: ['redrive.*'] })
  const retry = await start(request({ endpointId: endpoint.id }))
  await runAll()
  const events = await fixture.db.event.findMany({
    where: { tenantId: fixture.tenantId, type: 'redrive.retry.completed' },
  })
  const told = events.map((event) => JSON.parse(event.payload) as { retryId: string })
  expect(told.filter((content) => content.retryId === retry.id)).toMatchObject([{ matched: 1, queued: 1, skipped: 0 }])
})

test('they are listed newest first, within the tenant', async () => {
  const page = await fixture.bulkRetries.list(fixture.tenantId, { limit: 2 })
  expect(page).toMatchObject({ hasOlder: true, hasNewer: false })
  expect(page.data.map((retry) => retry.id)).toEqual(
    page.data
      .map((retry) => retry.id)
      .sort()
      .reverse(),
  )
  expect((await fixture.bulkRetries.list(fixture.otherTenantId, { limit: 2 })).data).toEqual([])
})
