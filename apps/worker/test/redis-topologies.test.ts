import { afterEach, describe, expect, test } from '@jest/globals'
import { type QueueBackend, shardsToWork } from '@redrive/queue'
import { eventually } from '@redrive/testkit/conditions'
import { startReceiver } from '@redrive/testkit/receiver'
import { backendsUnderTest, redisAvailable, startRedisCluster, startRedisSentinel } from '@redrive/testkit/redis'
import { execFileSync, spawnSync } from 'node:child_process'
import { type Fixture, openFixture } from './harness.ts'

const closing: (() => Promise<void>)[] = []
afterEach(async () => {
  for (const close of closing.splice(0).reverse()) await close()
})

async function installation(queue: QueueBackend): Promise<Fixture> {
  const [under] = backendsUnderTest()
  if (under === undefined) throw new Error('there is no backend')
  const fixture = await openFixture(under, queue)
  closing.push(() => fixture.close())
  return fixture
}

async function receivers(fixture: Fixture, count: number) {
  const receiver = await startReceiver()
  closing.push(() => receiver.close())
  const endpoints: string[] = []
  for (let made = 0; made < count; made++)
    endpoints.push((await fixture.endpoint(`${receiver.url}/${String(made)}`)).id)
  return { receiver, endpoints }
}

/** Every key of a node. */
function keysOf(port: number): string[] {
  return execFileSync('redis-cli', ['-p', String(port), 'KEYS', '*'], { encoding: 'utf8' })
    .split('\n')
    .filter((key) => key !== '')
}

/** False as well while it changes its role, when it closes all connections. */
function isMaster(port: number): boolean {
  return spawnSync('redis-cli', ['-p', String(port), 'ROLE'], { encoding: 'utf8' }).stdout.startsWith('master')
}

const describeRedis = redisAvailable() || process.env['CI'] === 'true' ? describe : describe.skip
describeRedis('Redis of several machines', () => {
  test('on a Cluster of three nodes a sharded queue is spread over all of them, and everything is delivered', async () => {
    const cluster = await startRedisCluster(3)
    closing.push(() => cluster.stop())
    const queue: QueueBackend = { kind: 'redis', url: cluster.url, prefix: '{redrive}', shards: 8 }
    const fixture = await installation(queue)
    const { receiver, endpoints } = await receivers(fixture, 12)
    const events = await Promise.all(Array.from({ length: 10 }, () => fixture.publish()))
    fixture.startWorker({ shards: await shardsToWork(queue) })
    fixture.startWorker({ shards: await shardsToWork(queue) })
    await receiver.waitFor(events.length * endpoints.length)
    const got = receiver.requests.map(({ url, headers }) => `${url} ${String(headers['webhook-id'])}`)
    expect(new Set(got).size).toBe(events.length * endpoints.length)
    expect(got).toHaveLength(events.length * endpoints.length)
    const tags = cluster.nodes.map(({ port }) => new Set(keysOf(port).map((key) => /\{[^}]+\}/.exec(key)?.[0])))
    for (const onNode of tags) expect(onNode.size).toBeGreaterThan(0)
    expect(new Set(tags.flatMap((onNode) => [...onNode])).size).toBe(8)
  })

  test('changing the number of shards loses nothing: what is left in old ones is worked on too', async () => {
    const cluster = await startRedisCluster(3)
    closing.push(() => cluster.stop())
    const wide: QueueBackend = { kind: 'redis', url: cluster.url, prefix: '{redrive}', shards: 6 }
    const fixture = await installation(wide)
    const { receiver, endpoints } = await receivers(fixture, 12)
    const first = await fixture.publish()
    const early = fixture.startWorker({ shards: await shardsToWork({ ...wide, shards: 6 }) })
    await receiver.waitFor(endpoints.length)
    await early.close(1_000)
    // hints of deliveries that there are not: what matters is that somebody takes them
    const left = endpoints.map((endpointId) => ({ endpointId, id: `${first.slice(0, -12)}${endpointId.slice(-12)}` }))
    await fixture.producer.add(
      left.map(({ endpointId, id }) => ({
        name: 'deliver' as const,
        id: `dlv_${id}-0`,
        payload: {
          v: 1 as const,
          deliveryId: id,
          round: 0,
          tenantId: fixture.tenantId,
          endpointId,
          eventType: 'order.created',
        },
      })),
    )
    const waiting = async (): Promise<number> => (await fixture.producer.counts()).deliver['waiting'] ?? 0
    expect(await waiting()).toBe(endpoints.length)
    const narrow: QueueBackend = { ...wide, shards: 2 }
    expect(await shardsToWork(narrow)).toEqual([0, 1, 2, 3, 4, 5])
    expect(await shardsToWork({ ...narrow, prefix: '{elsewhere}' })).toEqual([0, 1])
    fixture.startWorker({ shards: await shardsToWork(narrow) })
    await eventually(async () => (await waiting()) === 0, 'the old shards to be empty')
  })

  test('Sentinel: when the master dies, its replica takes over, and what is published meanwhile is delivered', async () => {
    const sentinel = await startRedisSentinel()
    closing.push(() => sentinel.stop())
    const fixture = await installation({ kind: 'redis', url: sentinel.url, prefix: '{redrive}' })
    const { receiver } = await receivers(fixture, 1)
    fixture.startWorker()
    await fixture.publish()
    await receiver.waitFor(1)
    await sentinel.master.kill()
    // as the ingress leaves it when the queue does not take its job
    const during = await fixture.publish({}, { job: false })
    await eventually(() => isMaster(sentinel.replica.port), 'the replica to take over', 20_000)
    await fixture.becomes(during, 'succeeded', 60_000)
    await eventually(
      () =>
        fixture.producer.ping().then(
          () => true,
          () => false,
        ),
      'the producer to find the new master',
    )
    const after = await fixture.publish()
    await fixture.becomes(after, 'succeeded', 60_000)
    expect(receiver.requests.map(({ headers }) => headers['webhook-id']).slice(-2)).toEqual([during, after])
  })
})
