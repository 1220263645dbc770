import { afterEach, describe, expect, test } from '@jest/globals'
import { silentLog } from '@redrive/runtime'
import { eventually } from '@redrive/testkit/conditions'
import { type PrivateRedis, redisAvailable, startPrivateRedis } from '@redrive/testkit/redis'
import { createConsumer, createProducer, migrateQueue, QueueUnavailable } from '../src/index.ts'
import type { QueueBackend } from '../src/index.ts'
import { deliverJob, recordingLog } from './support.ts'

const describeRedis = redisAvailable() || process.env['CI'] === 'true' ? describe : describe.skip

describeRedis('Redis in trouble', () => {
  let redis: PrivateRedis
  const closing: (() => Promise<void>)[] = []

  afterEach(async () => {
    for (const close of closing.splice(0)) await close()
    await redis.stop()
  })

  async function startWith(settings: Record<string, string> = {}): Promise<QueueBackend> {
    redis = await startPrivateRedis({ settings })
    return { kind: 'redis', url: redis.url, prefix: redis.prefix }
  }

  test('killed and started again, empty, while a consumer runs: it goes on', async () => {
    const backend = await startWith()
    const { log, lines } = recordingLog()
    const seen = new Set<string>()
    const consumer = createConsumer({
      backend,
      queue: 'deliver',
      concurrency: 4,
      log,
      handler: (_payload, { jobId }) => {
        seen.add(jobId)
        return Promise.resolve({ kind: 'done' })
      },
    })
    const producer = createProducer({ backend, log: silentLog })
    closing.push(
      () => consumer.close(100),
      () => producer.close(),
    )
    const [before, after] = [deliverJob(), deliverJob()]
    await producer.add([before])
    await eventually(() => seen.has(before.id), 'the job before')
    await redis.kill('SIGKILL')
    await expect(producer.add([after])).rejects.toBeInstanceOf(QueueUnavailable)
    await eventually(() => lines.length > 0, 'the warning')
    await redis.restart()
    await eventually(
      () =>
        producer.add([after]).then(
          () => true,
          () => false,
        ),
      'the producer',
    )
    await eventually(() => seen.has(after.id), 'the job after')
    expect(lines.map(({ message }) => message)).toEqual([
      'queue datastore unavailable',
      'queue datastore available again',
    ])
  })

  test('stopped in its tracks, a job in hand ends later, once', async () => {
    const backend = await startWith()
    let runs = 0
    let release = (): void => undefined
    const released = new Promise<void>((resolve) => (release = resolve))
    const consumer = createConsumer({
      backend,
      queue: 'deliver',
      concurrency: 1,
      log: silentLog,
      handler: async () => {
        runs++
        await released
        return { kind: 'done' }
      },
    })
    const producer = createProducer({ backend, log: silentLog })
    closing.push(
      () => consumer.close(100),
      () => producer.close(),
    )
    await producer.add([deliverJob()])
    await eventually(() => runs === 1, 'the run')
    redis.pause()
    release()
    await expect(producer.add([deliverJob()])).rejects.toBeInstanceOf(QueueUnavailable)
    redis.resume()
    await eventually(async () => {
      const counts = await producer.counts().catch(() => undefined)
      return counts?.deliver['active'] === 0 && counts.deliver['waiting'] === 0
    }, 'an empty queue')
    // The refused job may have got through or not; the first one ran once.
    expect(runs).toBeLessThanOrEqual(2)
  })

  test('read-only, or out of memory: a producer rejects soon with what Redis said', async () => {
    const backend = await startWith()
    const producer = createProducer({ backend, log: silentLog })
    closing.push(() => producer.close())
    await producer.add([deliverJob()])
    for (const [set, unset, said] of [
      [['REPLICAOF', '127.0.0.1', '1'], ['REPLICAOF', 'NO', 'ONE'], /READONLY/],
      [['CONFIG', 'SET', 'maxmemory', '1'], ['CONFIG', 'SET', 'maxmemory', '0'], /OOM/],
    ] as const) {
      const [name, ...parts] = set
      await redis.command(name, ...parts)
      for (const count of [1, 20]) {
        await eventually(
          async () => {
            const error = await producer.add(Array.from({ length: count }, () => deliverJob())).catch((e: unknown) => e)
            return error instanceof QueueUnavailable && said.test(error.message)
          },
          `an error that says ${String(said)}`,
        )
      }
      await expect(producer.ping()).rejects.toMatchObject({ message: expect.stringMatching(said) })
      const [back, ...how] = unset
      await redis.command(back, ...how)
      await eventually(
        () =>
          producer.add([deliverJob()]).then(
            () => true,
            () => false,
          ),
        'the producer to work again',
      )
    }
  })

  test('emptied, or started again with or without its data, it has forgotten until the ledger knows', async () => {
    const backend = await startWith({ appendonly: 'yes' })
    const producers = [
      createProducer({ backend, log: silentLog }),
      createProducer({ backend, log: silentLog }),
    ] as const
    closing.push(...producers.map((producer) => () => producer.close()))
    const [ours, other] = producers
    const forgotten = () => eventually(() => other.hasForgotten().catch(() => false), 'it to have forgotten')
    expect(await ours.hasForgotten()).toBe(true)
    await ours.ledgerKnows()
    expect(await Promise.all(producers.map((producer) => producer.hasForgotten()))).toEqual([false, false])
    for (const lose of [() => redis.empty(), () => redis.restart()]) {
      await lose()
      await forgotten()
      await other.ledgerKnows()
      expect(await other.hasForgotten()).toBe(false)
    }
  })

  test('out of memory, a consumer neither dies nor spins, and goes on', async () => {
    const backend = await startWith()
    const { log, lines } = recordingLog()
    const producer = createProducer({ backend, log: silentLog })
    let done = 0
    await producer.add(Array.from({ length: 20 }, () => deliverJob()))
    await redis.command('CONFIG', 'SET', 'maxmemory', '1')
    const consumer = createConsumer({
      backend,
      queue: 'deliver',
      concurrency: 2,
      log,
      handler: () => {
        done++
        return Promise.resolve({ kind: 'done' })
      },
    })
    closing.push(
      () => consumer.close(100),
      () => producer.close(),
    )
    await eventually(() => lines.length > 0, 'the warning')
    expect(lines).toMatchObject([{ level: 'warn', fields: { reason: expect.stringContaining('OOM') } }])
    await redis.command('CONFIG', 'SET', 'maxmemory', '0')
    await eventually(() => done === 20, 'all jobs')
    expect(lines.filter(({ level }) => level === 'warn')).toHaveLength(1)
  })

  test('an evicting policy is refused with its remedy, and so is an unreachable server', async () => {
    const evicting = await startWith({ 'maxmemory-policy': 'allkeys-lru' })
    await expect(migrateQueue(evicting)).rejects.toMatchObject({
      code: 'redis_evicts',
      message: expect.stringContaining('set maxmemory-policy to noeviction'),
    })
    await redis.command('CONFIG', 'SET', 'maxmemory-policy', 'noeviction')
    await migrateQueue(evicting)
    await redis.kill()
    await expect(migrateQueue(evicting)).rejects.toMatchObject({ code: 'queue_unavailable' })
  })
})
