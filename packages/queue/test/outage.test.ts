import { setTimeout as sleep } from 'node:timers/promises'
import { afterAll, afterEach, beforeAll, describe, expect, test } from '@jest/globals'
import { silentLog } from '@redrive/runtime'
import { eventually } from '@redrive/testkit/conditions'
import { type FaultProxy, startFaultProxy } from '@redrive/testkit/fault-proxy'
import { backendsUnderTest } from '@redrive/testkit/redis'
import { createBoard, createConsumer, createProducer, migrateQueue, QueueUnavailable } from '../src/index.ts'
import type { Consumer, Producer, QueueBackend } from '../src/index.ts'
import { deliverJob, recordingLog } from './support.ts'

/** Who has lost a connection, and is not closed, tries again within this. */
const LONGEST_RECONNECT_MS = 500
/** Far above what `add` promises, far below what a client without bounds would wait. */
const BOUND_MS = 5000
/**
 * A claim whose answer was lost leaves its job active until the lock runs out (30 s) and the next look at stalled jobs
 * (15 s): rare, and the longest that an outage may delay a job beyond its end.
 */
const LOST_CLAIM_MS = 60_000

describe.each(backendsUnderTest())('with the datastore away: $name', ({ start }) => {
  let direct: QueueBackend
  let stop: () => Promise<void>
  let proxy: FaultProxy
  let through: () => QueueBackend
  const closing: (() => Promise<void>)[] = []

  beforeAll(async () => {
    const started = await start()
    direct = started.backend
    stop = started.stop
    await migrateQueue(direct)
    const url = new URL(direct.kind === 'postgres' ? direct.connectionString : direct.url)
    proxy = await startFaultProxy({ host: url.hostname, port: Number(url.port) })
    url.host = `${proxy.host}:${String(proxy.port)}`
    through = () =>
      started.backend.kind === 'postgres'
        ? { ...started.backend, connectionString: url.href }
        : { ...started.backend, url: url.href }
  })
  afterEach(async () => {
    proxy.resume()
    await proxy.accept()
    await Promise.all(closing.splice(0).map((close) => close()))
  })
  afterAll(async () => {
    await proxy.close()
    await stop()
  })

  async function lose(how: 'refused' | 'hanging'): Promise<void> {
    if (how === 'hanging') proxy.pause()
    else {
      proxy.refuse()
      proxy.cut()
    }
    return Promise.resolve()
  }
  async function mend(how: 'refused' | 'hanging'): Promise<void> {
    if (how === 'hanging') proxy.resume()
    else await proxy.accept()
  }

  async function refusal(producer: Producer): Promise<unknown> {
    const began = performance.now()
    const error = await producer.add([deliverJob()]).catch((reason: unknown) => reason)
    expect(performance.now() - began).toBeLessThan(BOUND_MS)
    return error
  }

  async function works(producer: Producer): Promise<void> {
    await eventually(
      () =>
        producer.add([deliverJob()]).then(
          () => true,
          () => false,
        ),
      'the producer to work again',
      20_000,
    )
  }

  describe.each(['refused', 'hanging'] as const)('connections %s', (how) => {
    test('a producer rejects soon, and works again by itself', async () => {
      const producer = produce(through())
      await producer.add([deliverJob()])
      await lose(how)
      expect(await refusal(producer)).toBeInstanceOf(QueueUnavailable)
      await expect(producer.ping()).rejects.toMatchObject({ code: 'queue_unavailable', cause: expect.anything() })
      await expect(producer.counts()).rejects.toBeInstanceOf(QueueUnavailable)
      await mend(how)
      await works(producer)
    })

    test('a producer made meanwhile rejects soon, and works as soon as it can', async () => {
      await lose(how)
      const producer = produce(through())
      expect(await refusal(producer)).toBeInstanceOf(QueueUnavailable)
      await mend(how)
      await works(producer)
    })

    test('a board looked at meanwhile says so soon, and shows jobs as soon as it can', async () => {
      const job = deliverJob({ delayMs: 60_000 })
      await produce(direct).add([job])
      const board = createBoard({ backend: through(), basePath: '/', deliveryUrl: () => '/', log: silentLog })
      closing.push(() => board.close())
      await lose(how)
      const began = performance.now()
      const looks = await Promise.allSettled([board.delivery('deliver', job.id), board.delivery('deliver', job.id)])
      const unavailable = expect.any(QueueUnavailable)
      expect(looks).toEqual(looks.map(() => ({ status: 'rejected', reason: unavailable })))
      expect(performance.now() - began).toBeLessThan(BOUND_MS)
      await mend(how)
      const shown = () =>
        board.delivery('deliver', job.id).catch((error: unknown) => {
          if (error instanceof QueueUnavailable) return undefined
          throw error
        })
      await eventually(async () => (await shown()) !== undefined, 'the board to be there again', 20_000)
      expect(await shown()).toEqual(job.payload)
    })

    test('a consumer goes on by itself, and says so in two lines', async () => {
      const { log, lines } = recordingLog()
      const seen = new Set<string>()
      consume(log, seen)
      const producer = produce(direct)
      const [before, meanwhile] = [deliverJob(), deliverJob()]
      await producer.add([before])
      await eventually(() => seen.has(before.id), 'the job before')
      await lose(how)
      await producer.add([meanwhile])
      // Refused connections are noticed by the kernel's answer, a hanging one only by its silence.
      if (how === 'refused') await eventually(() => lines.some(({ level }) => level === 'warn'), 'the warning')
      await mend(how)
      await eventually(() => seen.has(meanwhile.id), 'the job of meanwhile', LOST_CLAIM_MS)
      expect(lines.filter(({ level }) => level === 'warn').length).toBeLessThanOrEqual(1)
      expect(lines.length).toBeLessThanOrEqual(2)
    })

    test('a consumer made meanwhile starts as soon as it can', async () => {
      await lose(how)
      const seen = new Set<string>()
      consume(silentLog, seen)
      const producer = produce(direct)
      const job = deliverJob()
      await producer.add([job])
      await mend(how)
      await eventually(() => seen.has(job.id), 'the job', LOST_CLAIM_MS)
    })

    test.each(['starting', 'working'])(
      'both close in bounded time, %s, and leave no connection behind',
      async (state) => {
        const seen = new Set<string>()
        const consumer = consume(silentLog, seen)
        const producer = produce(through())
        const job = deliverJob()
        await producer.add([job])
        if (state === 'working') await eventually(() => seen.has(job.id), 'the job')
        await lose(how)
        await Promise.all([consumer.close(100), producer.close()])
        await mend(how)
        await eventually(() => proxy.connections.open === 0, 'the connections to be closed')
        const { total } = proxy.connections
        await sleep(LONGEST_RECONNECT_MS + 200)
        expect(proxy.connections.total).toBe(total)
      },
    )
  })

  function consume(log: typeof silentLog, seen: Set<string>): Consumer {
    const consumer = createConsumer({
      backend: through(),
      queue: 'deliver',
      concurrency: 4,
      log,
      handler: (_payload, { jobId }) => {
        seen.add(jobId)
        return Promise.resolve({ kind: 'done' })
      },
    })
    closing.push(() => consumer.close(100))
    return consumer
  }

  function produce(backend: QueueBackend): Producer {
    const producer = createProducer({ backend, log: silentLog })
    closing.push(() => producer.close())
    return producer
  }
})
