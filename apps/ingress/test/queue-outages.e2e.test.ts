import { afterAll, afterEach, beforeAll, describe, expect, test } from '@jest/globals'
import { migrateQueue } from '@redrive/queue'
import { eventually } from '@redrive/testkit/conditions'
import { type FaultProxy, startFaultProxy } from '@redrive/testkit/fault-proxy'
import type { Receiver } from '@redrive/testkit/receiver'
import { type PrivateRedis, redisAvailable, startPrivateRedis } from '@redrive/testkit/redis'
import { startWithWorker, type WholeRedrive } from './with-worker.ts'

const describeRedis = redisAvailable() || process.env['CI'] === 'true' ? describe : describe.skip

/** What a caller waits at most while the queue is in trouble: that it is, is nothing to him. */
const ANSWER_MS = 1_500
/** "Within seconds of its return": with 10 s of grace for each lost job this could not be met. */
const START_MS = 6_000

describeRedis('with Redis in trouble, an ingress and a worker', () => {
  const target = { port: 0 }
  let first: PrivateRedis
  let second: PrivateRedis
  let proxy: FaultProxy
  let redrive: WholeRedrive
  let receiver: Receiver
  let endpointId: string
  let finished: string
  beforeAll(async () => {
    ;[first, second] = await Promise.all([startPrivateRedis(), startPrivateRedis()])
    target.port = first.port
    proxy = await startFaultProxy(target)
    const queue = { kind: 'redis' as const, url: `redis://127.0.0.1:${String(proxy.port)}`, prefix: first.prefix }
    await migrateQueue(queue)
    redrive = await startWithWorker({ queue })
    receiver = await redrive.receiver()
    endpointId = (await redrive.endpoint(receiver.url)).id
    finished = await redrive.send(endpointId)
    await redrive.becomes(finished, 'succeeded')
  })
  afterEach(async () => {
    await eventually(async () => (await readiness()) === 'ok', 'all to be well again', 20_000)
    // a request that has arrived may not be recorded yet, and a retry of what is being sent is refused
    await redrive.becomes(finished, 'succeeded')
  })
  afterAll(async () => {
    await redrive.close()
    await proxy.close()
    await Promise.all([first.stop(), second.stop()])
  })

  const readiness = async () => (await redrive.raw('GET', '/readyz', { key: null })).json['status']
  const publish = () => redrive.call('POST', '/v1/events', { type: 'order.made', payload: { n: 1 }, endpointId })
  const retry = () => redrive.call('POST', `/v1/deliveries/${finished}/retry`, { force: true })

  /** Answered 202 in bounded time, every one; how many requests they come to. */
  async function goesOn(): Promise<number> {
    const startedAt = performance.now()
    const answers = await Promise.all([retry(), ...Array.from({ length: 20 }, publish)])
    expect(answers.map(({ status }) => status)).toEqual(answers.map(() => 202))
    expect(performance.now() - startedAt).toBeLessThan(ANSWER_MS)
    return answers.length
  }

  const OUTAGES: [string, { lose: () => Promise<void> | void; mend: () => Promise<void> | void }][] = [
    ['refusing connections', { lose: () => first.kill(), mend: () => first.restart() }],
    [
      'hanging',
      {
        lose: () => {
          first.pause()
        },
        mend: () => {
          first.resume()
        },
      },
    ],
    [
      'read-only',
      {
        lose: () => first.command('REPLICAOF', '127.0.0.1', '1'),
        mend: () => first.command('REPLICAOF', 'NO', 'ONE'),
      },
    ],
    [
      'out of memory',
      {
        lose: () => first.command('CONFIG', 'SET', 'maxmemory', '1'),
        mend: () => first.command('CONFIG', 'SET', 'maxmemory', '0'),
      },
    ],
  ]
  test.each(OUTAGES)(
    '%s: publishing and retrying go on, readyz says degraded, and deliveries start when it is back',
    async (_how, { lose, mend }) => {
      const before = receiver.requests.length
      await lose()
      const more =
        (await goesOn()) +
        (await (async () => {
          await eventually(async () => (await readiness()) === 'degraded', 'readyz to say so', 5_000)
          return goesOn()
        })()) -
        1 // the second retry finds the delivery waiting, which is answered as the first
      expect(receiver.requests.length - before).toBeLessThan(more)
      await mend()
      await receiver.waitFor(before + more, { timeoutMs: START_MS })
    },
  )

  test('emptied between a 202 and the delivery: it is brought again', async () => {
    const before = receiver.requests.length
    receiver.answerWith({ delayMs: 300 })
    const more = await goesOn()
    await first.empty()
    receiver.answerWith({})
    await receiver.waitFor(before + more, { timeoutMs: START_MS })
  })

  test('failed over to a replica that lacks the last jobs: the old one is read-only, the new one is found', async () => {
    const before = receiver.requests.length
    await second.command('FLUSHALL')
    await first.command('REPLICAOF', '127.0.0.1', String(second.port))
    const more = await goesOn()
    target.port = second.port
    // no connection is cut: that the old one takes no writes is what tells
    await receiver.waitFor(before + more, { timeoutMs: START_MS })
  })
})
