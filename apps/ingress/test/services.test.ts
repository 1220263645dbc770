import { expect, test } from '@jest/globals'
import { Overloaded, silentLog } from '@redrive/runtime'
import type { NewJob } from '@redrive/queue'
import type { NewEvent, PublishAnswer, Store } from '@redrive/store'
import { newId } from '@redrive/core'
import { eventually } from '@redrive/testkit/conditions'
import { createRecent } from '../src/auth/recent.ts'
import { createAnnouncer } from '../src/services/announce.ts'
import { batchOf } from '../src/services/batch.ts'
import { createHurry } from '../src/services/hurry.ts'
import { createPublishService, type EventInput } from '../src/services/publish.ts'

const input: EventInput = {
  type: 'a',
  payload: '1',
  channel: null,
  subject: null,
  metadata: {},
  idempotencyKey: null,
  endpointId: null,
  deliverAt: null,
  expiresAt: null,
}

/** Events that commit when they are told to. */
function slowEvents() {
  const commits: { events: readonly NewEvent[]; commit: () => void }[] = []
  const publish = (events: readonly NewEvent[]) =>
    new Promise<PublishAnswer[]>((resolve) => {
      const commit = (): void => {
        resolve(events.map((event) => ({ kind: 'created', event: { ...event, status: 'pending' } })))
      }
      commits.push({ events, commit })
    })
  // publishing asks for nothing else
  return { commits, store: { events: { publish } } as unknown as Pick<Store, 'events'> }
}

/** A queue that takes jobs when it is told to. */
function slowQueue() {
  const calls: { jobs: readonly NewJob[]; taken: () => void }[] = []
  const add = (jobs: readonly NewJob[]) => new Promise<void>((taken) => calls.push({ jobs, taken }))
  return { calls, hurry: createHurry({ producer: { add }, log: silentLog }) }
}

const eventsOf = (name: string, jobs: readonly NewJob[]) =>
  jobs.flatMap((job) => (job.name === name && 'eventIds' in job.payload ? job.payload.eventIds : []))

const turn = () => new Promise((resolve) => setImmediate(resolve))

test('what is published at once is committed together, and nobody is answered before', async () => {
  const { commits, store } = slowEvents()
  const jobs: NewJob[] = []
  const hurry = createHurry({ producer: { add: (added) => Promise.resolve(void jobs.push(...added)) }, log: silentLog })
  const publisher = createPublishService({ store, hurry })
  let answered = 0
  const answers = Array.from({ length: 150 }, () => publisher.publish(newId(), input).then(() => answered++))
  while (commits.length === 0) await turn()
  expect(commits.map(({ events }) => events.length)).toEqual([150])
  expect([answered, jobs]).toEqual([0, []])
  commits[0]?.commit()
  await Promise.all(answers)
  const told = jobs.flatMap(({ payload }) => ('eventIds' in payload ? payload.eventIds : []))
  expect(told).toEqual(commits[0]?.events.map(({ id }) => id))
})

test('a database that is too slow is not given more and more', async () => {
  const { commits, store } = slowEvents()
  const hurry = createHurry({ producer: { add: () => Promise.resolve() }, log: silentLog })
  const publisher = createPublishService({ store, hurry })
  const outcomes: string[] = []
  const publish = (): void => {
    publisher.publish(newId(), input).then(
      () => outcomes.push('taken'),
      (error: unknown) => outcomes.push(error instanceof Overloaded ? 'overloaded' : 'failed'),
    )
  }
  for (let n = 0; n < 6000; n++) publish()
  await turn()
  // three full batches have left at once, and 5,000 may wait
  expect(outcomes).toHaveLength(400)
  expect(new Set(outcomes)).toEqual(new Set(['overloaded']))
  expect(commits.map(({ events }) => events.length)).toEqual([200, 200, 200])
  const closed = publisher.close()
  while (outcomes.length < 6000) {
    for (const { commit } of commits.splice(0)) commit()
    await turn()
  }
  await closed
  expect(outcomes.filter((outcome) => outcome === 'taken')).toHaveLength(5600)
})

test('while the queue is busy, what was committed gathers for few jobs; when it is not, it goes at once', async () => {
  const { calls, hurry } = slowQueue()
  const announcer = createAnnouncer(hurry)
  const ids = Array.from({ length: 300 }, () => newId())
  for (const eventId of ids) announcer.announce([{ eventId, priority: 0, crowd: null }], null)
  expect(calls.map(({ jobs }) => jobs.length)).toEqual([1, 1])
  const closed = announcer.close()
  for (const { taken } of calls) taken()
  while (calls.length < 3) await turn()
  calls[2]?.taken()
  await closed
  expect(calls.flatMap(({ jobs }) => eventsOf('publish', jobs))).toEqual(ids)
  // 298 events
  expect(calls[2]?.jobs).toHaveLength(3)
})

test('a flood’s events gather until they fill a job, or for a moment, and hold up nobody else', async () => {
  const { calls, hurry } = slowQueue()
  const announcer = createAnnouncer(hurry)
  const flood = Array.from({ length: 130 }, () => ({ eventId: newId(), priority: 3, crowd: 'tenant' }))
  for (const event of flood.slice(0, 99)) announcer.announce([event], null)
  expect(calls).toEqual([])
  const other = newId()
  announcer.announce([{ eventId: other, priority: 0, crowd: null }], null)
  expect(calls.map(({ jobs }) => eventsOf('publish', jobs))).toEqual([[other]])
  calls[0]?.taken()
  announcer.announce(flood.slice(99, 100), null)
  expect(eventsOf('publish-slow', calls[1]?.jobs ?? [])).toEqual(flood.slice(0, 100).map(({ eventId }) => eventId))
  calls[1]?.taken()
  announcer.announce(flood.slice(100), null)
  expect(calls).toHaveLength(2)
  await eventually(() => calls.length === 3, 'the moment to be over')
  expect(eventsOf('publish-slow', calls[2]?.jobs ?? [])).toEqual(flood.slice(100).map(({ eventId }) => eventId))
  calls[2]?.taken()
  // what still gathers at the end is not left behind
  announcer.announce(flood.slice(0, 1), null)
  const closed = announcer.close()
  expect(calls).toHaveLength(4)
  calls[3]?.taken()
  await closed
})

test('the jobs of a tenant’s flood say whose it is, however many types it is spread over', async () => {
  const tenantId = newId()
  const { commits, store } = slowEvents()
  const jobs: NewJob[] = []
  const hurry = createHurry({ producer: { add: (added) => Promise.resolve(void jobs.push(...added)) }, log: silentLog })
  const publisher = createPublishService({ store, hurry })
  const answers = Array.from({ length: 400 }, (_, n) =>
    publisher.publish(tenantId, { ...input, type: `type.${String(n % 10)}` }),
  )
  for (let told = 0; told < 2; told++) {
    while (commits.length === told) await turn()
    commits[told]?.commit()
  }
  await Promise.all(answers)
  await publisher.close()
  const [usual, slow] = ['publish', 'publish-slow'].map((name) => jobs.filter((job) => job.name === name))
  // its beginning is no flood yet
  expect(eventsOf('publish', usual ?? [])).toHaveLength(125)
  expect(eventsOf('publish-slow', slow ?? [])).toHaveLength(275)
  expect(usual?.every(({ payload }) => !('crowds' in payload))).toBe(true)
  expect(slow?.map(({ payload }) => 'crowds' in payload && payload.crowds)).toEqual(slow?.map(() => [tenantId]))
})

test('what comes in one large batch is a flood from its first event on: to one endpoint, or of the tenant', async () => {
  const [tenantId, endpointId] = [newId(), newId()]
  const placesOf = async (entries: Partial<EventInput>[]) => {
    const { commits, store } = slowEvents()
    const jobs: NewJob[] = []
    const add = (added: readonly NewJob[]) => Promise.resolve(void jobs.push(...added))
    const publisher = createPublishService({ store, hurry: createHurry({ producer: { add }, log: silentLog }) })
    const batch = batchOf([...entries, 'no event'])
    const first = entries.slice(0, 50).map((entry) => ({ ...input, ...entry }))
    const answers = first.map((entry) => publisher.publish(tenantId, entry, undefined, batch))
    while (commits.length === 0) await turn()
    commits[0]?.commit()
    await Promise.all(answers)
    await publisher.close()
    return jobs.map(({ name, payload }) => [name, 'crowds' in payload ? payload.crowds : []])
  }
  const spread = Array.from({ length: 500 }, (_, n) => ({ type: `type.${String(n % 20)}` }))
  expect(await placesOf(spread)).toEqual([['publish-slow', [tenantId]]])
  expect(await placesOf(spread.map(() => ({ endpointId })))).toEqual([['publish-slow', [endpointId]]])
  expect(await placesOf(spread.slice(0, 50))).toEqual([['publish', []]])
})

test('of a large batch fewer entries come at a time while there are others', async () => {
  const { commits, store } = slowEvents()
  const hurry = createHurry({ producer: { add: () => Promise.resolve() }, log: silentLog })
  const publisher = createPublishService({ store, hurry })
  expect([await publisher.nextPortion(450), await publisher.nextPortion(3)]).toEqual([50, 3])
  const other = publisher.publish(newId(), input)
  while (commits.length === 0) await turn()
  commits[0]?.commit()
  await other
  expect([await publisher.nextPortion(450), await publisher.nextPortion(3)]).toEqual([20, 3])
  await publisher.close()
})

test('behind a queue that hangs no more than so many gather', async () => {
  const { calls, hurry } = slowQueue()
  const announcer = createAnnouncer(hurry)
  const announce = (count: number) => {
    announcer.announce(
      Array.from({ length: count }, () => ({ eventId: newId(), priority: 0, crowd: null })),
      null,
    )
  }
  announce(1)
  announce(1)
  announce(9_999)
  expect(calls).toHaveLength(2)
  announce(1)
  expect(
    eventsOf(
      'publish',
      calls.flatMap(({ jobs }) => jobs),
    ),
  ).toHaveLength(1_002)
  const closed = announcer.close()
  let told = 0
  while (told < calls.length) {
    for (const { taken } of calls.slice(told)) taken()
    told = calls.length
    await turn()
  }
  await closed
  expect(
    eventsOf(
      'publish',
      calls.flatMap(({ jobs }) => jobs),
    ),
  ).toHaveLength(10_002)
})

test('what is traced is not gathered with others, so that its job has its trace', async () => {
  const jobs: NewJob[] = []
  const hurry = createHurry({ producer: { add: (added) => Promise.resolve(void jobs.push(...added)) }, log: silentLog })
  const announcer = createAnnouncer(hurry)
  const traces = [1, 2, 3].map((n) => `00-${String(n).repeat(32)}-${'1'.repeat(16)}-01`)
  for (const trace of traces) announcer.announce([{ eventId: newId(), priority: 0, crowd: null }], trace)
  await hurry.close()
  expect(jobs.map(({ trace }) => trace)).toEqual(traces)
})

test('a queue that hangs collects no promises without end, and its outage is told once', async () => {
  const lines: string[] = []
  const log = {
    ...silentLog,
    warn: (message: string) => void lines.push(message),
    info: (message: string) => void lines.push(message),
  }
  let calls = 0
  let isAway = true
  const release: (() => void)[] = []
  const add = (): Promise<void> => {
    calls += 1
    return new Promise((resolve, reject) => {
      release.push(() => {
        if (isAway) reject(new Error('away'))
        else resolve()
      })
    })
  }
  const hurry = createHurry({ producer: { add }, log })
  const job: NewJob = { name: 'publish', id: 'evt_1', payload: { v: 1, eventIds: [newId()] } }
  for (let n = 0; n < 1000; n++) hurry.enqueue([job])
  expect(calls).toBe(200)
  for (const letGo of release.splice(0)) letGo()
  await hurry.close()
  isAway = false
  hurry.enqueue([job])
  for (const letGo of release.splice(0)) letGo()
  await hurry.close()
  expect(lines).toEqual(['queue does not take jobs; the reconciler will bring them', 'queue takes jobs again'])
})

test('a call from before the end of an outage that fails after it is no second outage', async () => {
  const lines: string[] = []
  const say = (message: string) => void lines.push(message)
  const answers: { resolve: () => void; reject: (error: Error) => void }[] = []
  const hurry = createHurry({
    producer: { add: () => new Promise((resolve, reject) => answers.push({ resolve, reject })) },
    log: { ...silentLog, warn: say, info: say },
  })
  for (let n = 0; n < 3; n++) hurry.enqueue([{ name: 'publish', id: 'evt_1', payload: { v: 1, eventIds: [newId()] } }])
  answers[0]?.reject(new Error('away'))
  await Promise.resolve()
  answers[2]?.resolve()
  await Promise.resolve()
  answers[1]?.reject(new Error('away'))
  await hurry.close()
  expect(lines).toEqual(['queue does not take jobs; the reconciler will bring them', 'queue takes jobs again'])
})

test('what was loaded is remembered for a while, absent or not, and not without bound', async () => {
  let now = 0
  const loads: string[] = []
  const recent = createRecent({
    load: (key) => {
      loads.push(key)
      return key === 'broken' ? Promise.reject(new Error('away')) : Promise.resolve(key === 'absent' ? null : key)
    },
    maxAgeMs: 1000,
    maxEntries: 3,
    clock: () => now,
  })
  await Promise.all([recent.get('a'), recent.get('a'), recent.get('absent'), recent.get('absent')])
  expect(loads).toEqual(['a', 'absent'])
  now = 1000
  await recent.get('a')
  now = 1001
  await recent.get('a')
  expect(loads).toEqual(['a', 'absent', 'a'])
  for (const key of ['b', 'c', 'd']) await recent.get(key)
  await recent.get('a')
  expect(loads.slice(3)).toEqual(['b', 'c', 'd', 'a'])
  await expect(recent.get('broken')).rejects.toThrow('away')
  await expect(recent.get('broken')).rejects.toThrow('away')
  expect(loads.slice(7)).toEqual(['broken', 'broken'])
})
