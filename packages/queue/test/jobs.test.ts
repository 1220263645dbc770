import { afterAll, afterEach, beforeAll, describe, expect, test } from '@jest/globals'
import { Redis } from 'ioredis'
import { silentLog } from '@redrive/runtime'
import { eventually } from '@redrive/testkit/conditions'
import { backendsUnderTest } from '@redrive/testkit/redis'
import { createConsumer, createProducer, migrateQueue } from '../src/index.ts'
import type { Consumer, JobHandler, JobResult, NewJob, Producer, QueueBackend } from '../src/index.ts'
import type { JobQueue } from '../src/link.ts'
import { deliverJob, rawQueue, recordingLog } from './support.ts'

const DONE: JobResult = { kind: 'done' }

describe.each(backendsUnderTest())('jobs on $name', ({ start }) => {
  let backend: QueueBackend
  let stop: () => Promise<void>
  let producer: Producer
  let raw: { queue: JobQueue; close(): Promise<void> }
  const consumers: Consumer[] = []

  beforeAll(async () => {
    ;({ backend, stop } = await start())
    await migrateQueue(backend)
    producer = createProducer({ backend, log: silentLog })
    raw = rawQueue(backend, 'deliver')
  })
  afterEach(async () => {
    await Promise.all(consumers.splice(0).map((consumer) => consumer.close(0)))
    await raw.queue.drain(true)
    await raw.queue.clean(0, 1000, 'failed')
  })
  afterAll(async () => {
    await raw.close()
    await producer.close()
    await stop()
  })

  function consume(handler: JobHandler<'deliver'>, log = silentLog): Consumer {
    const consumer = createConsumer({ backend, queue: 'deliver', handler, concurrency: 4, log })
    consumers.push(consumer)
    return consumer
  }

  async function waiting(): Promise<Record<string, number>> {
    return (await producer.counts()).deliver
  }

  test('brings payload and id to the handler and leaves nothing behind', async () => {
    const job = deliverJob()
    const seen: unknown[] = []
    consume((payload, { jobId, signal }) => {
      seen.push({ payload, jobId, aborted: signal.aborted })
      return Promise.resolve(DONE)
    })
    await producer.add([job])
    await eventually(() => seen.length === 1, 'the job')
    expect(seen).toEqual([{ payload: job.payload, jobId: job.id, aborted: false }])
    await eventually(async () => Object.values(await waiting()).every((count) => count === 0), 'an empty queue')
  })

  test('takes the same id once, alone, in a batch, and twice in one batch', async () => {
    const job = deliverJob()
    const batch = [...Array.from({ length: 30 }, () => deliverJob()), job, job]
    await producer.add([job])
    await producer.add([job])
    await producer.add(batch)
    await producer.add(batch)
    expect(await waiting()).toMatchObject({ waiting: 31 })
  })

  test('counts the jobs of each queue by state', async () => {
    await producer.add([deliverJob(), deliverJob(), deliverJob({ delayMs: 60_000.4 })])
    const counts = await producer.counts()
    expect(counts.deliver).toMatchObject({ waiting: 2, delayed: 1, active: 0, failed: 0 })
    expect(counts.publish).toMatchObject({ waiting: 0 })
    expect(Object.keys(counts).sort()).toEqual(['deliver', 'deliver-slow', 'publish', 'publish-slow', 'retry'])
  })

  test('runs a job again at the time that its handler asks for, as often as it asks', async () => {
    const job = deliverJob()
    const runs: number[] = []
    let at = 0
    consume(() => {
      runs.push(Date.now())
      if (runs.length >= 3) return Promise.resolve(DONE)
      // A fraction of a millisecond, as jitter makes it.
      at = Date.now() + 150.7
      return Promise.resolve({ kind: 'again', at: new Date(at), reason: 'answered 500' })
    })
    await producer.add([job])
    await eventually(async () => (await waiting())['delayed'] === 1, 'the delayed job')
    await eventually(() => runs.length === 3, 'three runs')
    expect(runs[2]).toBeGreaterThanOrEqual(Math.floor(at) - 1)
  })

  test('runs a job at once when the time it asks for is past, and keeps its reason without a stack', async () => {
    const job = deliverJob()
    let runs = 0
    consume(() => {
      runs++
      const at = runs === 1 ? new Date(0) : new Date(Date.now() + 60_000)
      return Promise.resolve({ kind: 'again', at, reason: 'answered 500' })
    })
    await producer.add([job])
    await eventually(async () => (await waiting())['delayed'] === 1, 'the delayed job')
    const stored = await raw.queue.getJob(job.id)
    expect(runs).toBe(2)
    expect(stored).toMatchObject({ failedReason: 'answered 500', stacktrace: [] })
  })

  test('keeps a job that its handler gave up among the failed, with a reason that any datastore can hold', async () => {
    const job = deliverJob()
    consume(() => Promise.resolve({ kind: 'failed', reason: 'gave up \0 \ud800' }))
    await producer.add([job])
    await eventually(async () => (await waiting())['failed'] === 1, 'the failed job')
    const stored = await raw.queue.getJob(job.id)
    expect(stored).toMatchObject({ failedReason: 'gave up \ufffd \ufffd', stacktrace: [] })
  })

  test('failed jobs do not fill the memory of Redis', async () => {
    if (backend.kind !== 'redis') return
    // one more than are kept, older than the job that fails now, and without data of their own
    const url = new URL(backend.url)
    const redis = new Redis(url.href)
    const key = `${backend.prefix}:deliver:failed`
    const old = Array.from({ length: 10_001 }, (_, n) => [String(Date.now() - 60_000), `old-${String(n)}`]).flat()
    await redis.zadd(key, ...old)
    consume(() => Promise.resolve({ kind: 'failed', reason: 'gave up' }))
    const job = deliverJob()
    await producer.add([job])
    await eventually(async () => (await redis.zscore(key, job.id)) !== null, 'the failed job')
    const kept = await redis.zcard(key)
    await redis.del(key)
    redis.disconnect()
    expect(kept).toBeLessThanOrEqual(10_000)
  })

  test('fails what it can not parse, with the reason, and never shows it to the handler', async () => {
    let seen = 0
    consume(() => {
      seen++
      return Promise.resolve(DONE)
    })
    await raw.queue.add('deliver', { v: 1, deliveryId: 'not one' }, { jobId: 'by-hand' })
    await eventually(async () => (await waiting())['failed'] === 1, 'the failed job')
    const stored = await raw.queue.getJob('by-hand')
    expect(stored?.failedReason).toMatch(/^unreadable payload: [\s\S]*deliveryId/)
    expect(seen).toBe(0)
  })

  test('an unreadable job under a delivery’s id does not keep the real one out', async () => {
    const job = deliverJob()
    const seen: string[] = []
    consume((_payload, { jobId }) => {
      seen.push(jobId)
      return Promise.resolve(DONE)
    })
    await raw.queue.add('deliver', { nonsense: true }, { jobId: job.id })
    await eventually(async () => (await raw.queue.getJob(job.id)) === undefined, 'the end of the unreadable job')
    await producer.add([job])
    await eventually(() => seen.includes(job.id), 'the real job')
  })

  test('a handler that throws is logged with its stack, not run again by itself, and can be enqueued again', async () => {
    const job = deliverJob()
    const { log, lines } = recordingLog()
    let runs = 0
    consume(() => {
      runs++
      throw new RangeError(`bug ${String(runs)} \0`)
    }, log)
    for (const time of [1, 2]) {
      await producer.add([job])
      await eventually(() => runs === time, 'the run')
      await eventually(async () => (await raw.queue.getJob(job.id)) === undefined, 'the end of the job')
    }
    expect(runs).toBe(2)
    const bugs = lines.filter(({ message }) => message === 'job handler threw')
    expect(bugs).toHaveLength(2)
    expect(bugs[0]).toMatchObject({ level: 'error', fields: { queue: 'deliver', jobId: job.id } })
    expect(bugs[0]?.fields['stack']).toContain('RangeError')
  })

  test('refuses to enqueue what is no such job, and what is too large', async () => {
    const good = deliverJob()
    // What the types forbid, an older or wrong caller may still do.
    const bad = { ...deliverJob(), payload: { v: 2 } } as unknown as NewJob
    await expect(producer.add([good, bad])).rejects.toThrow(TypeError)
    expect(await waiting()).toMatchObject({ waiting: 0 })
  })

  test('closing waits for the jobs in hand, and takes no more', async () => {
    const jobs = Array.from({ length: 8 }, () => deliverJob())
    let started = 0
    let finished = 0
    let release = (): void => undefined
    const released = new Promise<void>((resolve) => (release = resolve))
    const consumer = consume(async (_payload, { signal }) => {
      started++
      await released
      if (!signal.aborted) finished++
      return DONE
    })
    await producer.add(jobs)
    await eventually(() => started === 4, 'as many jobs as the concurrency')
    const closed = consumer.close(20_000)
    release()
    await closed
    expect({ started, finished }).toEqual({ started: 4, finished: 4 })
    expect(await waiting()).toMatchObject({ waiting: 4, active: 0 })
  })

  test('when its grace is over a job is told by its signal, and may still say what becomes of it', async () => {
    let started = false
    const consumer = consume(async (_payload, { signal }) => {
      started = true
      await new Promise((resolve) => {
        signal.addEventListener('abort', resolve)
      })
      return { kind: 'again', at: new Date(Date.now() + 60_000), reason: 'shutting down' }
    })
    await producer.add([deliverJob()])
    await eventually(() => started, 'the run')
    await consumer.close(50)
    expect(await waiting()).toMatchObject({ active: 0, delayed: 1 })
  })

  test('a job that never ends does not keep the consumer from closing', async () => {
    let started = false
    const consumer = consume(() => {
      started = true
      return new Promise(() => undefined)
    })
    await producer.add([deliverJob()])
    await eventually(() => started, 'the run')
    await consumer.close(50)
    await raw.queue.obliterate({ force: true })
  })
})
