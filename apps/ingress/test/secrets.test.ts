import { randomBytes } from 'node:crypto'
import { mkdtemp, readdir, readFile, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterAll, beforeAll, describe, expect, test } from '@jest/globals'
import { eventually } from '@redrive/testkit/conditions'
import { dump, query } from '@redrive/testkit/postgres'
import { type Receiver, startReceiver } from '@redrive/testkit/receiver'
import { type PrivateRedis, redisAvailable, startPrivateRedis } from '@redrive/testkit/redis'
import { OPERATOR_KEY, startIngress, type TestIngress } from './harness.ts'
import { startWorkerBeside } from './worker-beside.ts'

/**
 * A day in the life of known secrets: endpoints that work, fail, echo what they get, are refused or can't be read, and
 * callers who put secrets where none belong. Afterwards everything that was kept or said is searched for them.
 */

const signingKey = randomBytes(24).toString('base64')
const secrets = {
  signing: signingKey,
  header: `hdr-${randomBytes(18).toString('base64url')}`,
  bearer: `tok-${randomBytes(18).toString('base64url')}`,
  rejected: `rej-${randomBytes(18).toString('base64url')}`,
  operator: OPERATOR_KEY,
}
const HEADERS = {
  'x-api-key': { value: secrets.header, sensitive: true },
  authorization: { value: `Bearer ${secrets.bearer}`, sensitive: true },
  'x-team': 'visible',
}
const TWICE = { strategy: 'fixed', delaySeconds: 1, maxRetries: 1, jitter: 0 }

async function startRedisWithJournal(): Promise<{
  redis: PrivateRedis
  journal: () => Promise<string>
  end: () => Promise<void>
}> {
  const folder = await mkdtemp(join(tmpdir(), 'redrive-test-journal-'))
  // every command that ever wrote anything stays in the file, whatever has been deleted since
  const redis = await startPrivateRedis({
    settings: { dir: folder, appendonly: 'yes', appendfsync: 'always', 'aof-use-rdb-preamble': 'no' },
  })
  return {
    redis,
    async journal() {
      const files = await readdir(join(folder, 'appendonlydir'))
      const texts = await Promise.all(files.map((file) => readFile(join(folder, 'appendonlydir', file), 'latin1')))
      return texts.join('\n')
    },
    async end() {
      await redis.stop()
      await rm(folder, { recursive: true, force: true })
    },
  }
}

const backends =
  redisAvailable() || process.env['CI'] === 'true' ? (['postgres', 'redis'] as const) : (['postgres'] as const)

describe.each(backends)('with the queue on %s', (kind) => {
  let server: TestIngress
  let worker: ReturnType<typeof startWorkerBeside>
  let receivers: Record<'echoing' | 'failing', Receiver>
  let journal: Awaited<ReturnType<typeof startRedisWithJournal>> | null = null
  let key: string
  /** what the API has answered, but for the answers whose purpose is to show a secret */
  const answers: string[] = []

  async function call(...[method, path, options]: Parameters<TestIngress['call']>) {
    const answer = await server.call(method, path, { key, ...options })
    answers.push(answer.text, JSON.stringify([...answer.headers]))
    return answer
  }

  async function endpoint(url: string, more: object = {}): Promise<string> {
    const json = { url, secret: `whsec_${signingKey}`, headers: HEADERS, retryPolicy: TWICE, ...more }
    const answer = await server.call('POST', '/v1/endpoints', { key, json })
    expect(answer.status).toBe(201)
    const { secret, ...shown } = answer.json
    expect(secret).toBe(`whsec_${signingKey}`)
    answers.push(JSON.stringify(shown))
    return String(answer.json['id'])
  }

  const finished = (count: number, status: string) =>
    eventually(
      async () => {
        const page = await server.call('GET', `/v1/deliveries?status=${status}`, { key })
        return (page.json['data'] as unknown[]).length === count
      },
      `${String(count)} deliveries to be ${status}`,
      20_000,
    )

  beforeAll(async () => {
    if (kind === 'redis') journal = await startRedisWithJournal()
    server = await startIngress({
      loud: true,
      ...(journal && { queue: { kind: 'redis', url: journal.redis.url, prefix: journal.redis.prefix } }),
    })
    worker = startWorkerBeside(server)
    ;({ key } = await server.tenant())
    const echo = (status: number) => ({
      answer: ({ headers }: { headers: object }) => ({
        status,
        headers: { 'x-echo': JSON.stringify(headers) },
        body: JSON.stringify({ youSent: headers, signedWith: `whsec_${signingKey}` }),
      }),
    })
    receivers = { echoing: await startReceiver(echo(200)), failing: await startReceiver(echo(500)) }
  })
  afterAll(async () => {
    await worker.close()
    await server.close()
    await Promise.all(Object.values(receivers).map((receiver) => receiver.close()))
    await journal?.end()
  })

  test('a day passes', async () => {
    const endpoints = [
      await endpoint(receivers.echoing.url),
      await endpoint(receivers.failing.url),
      await endpoint('http://127.0.0.1:1/'),
      // may be written, but not sent to
      await endpoint('http://127.0.0.2:9/'),
    ]
    const text = '{"type":"order.created","payload":{"order":1}}'
    expect((await call('POST', '/v1/events', { text })).status).toBe(202)
    await finished(1, 'succeeded')
    await finished(3, 'failed')
    expect(receivers.echoing.requests[0]?.headers['x-api-key']).toBe(secrets.header)
    expect(receivers.failing.requests[0]?.headers.authorization).toBe(`Bearer ${secrets.bearer}`)

    // what can't be opened is nobody's failed attempt
    const [unreadable = ''] = endpoints
    const got = receivers.echoing.requests.length
    await query(
      server.databaseUrl,
      `UPDATE endpoint_secrets SET sealed = overlay(sealed PLACING 'AAAA' FROM 40) WHERE endpoint_id = $1`,
      [unreadable],
    )
    await call('POST', '/v1/events', { json: { type: 'a', payload: 1, endpointId: unreadable } })
    await eventually(
      () => server.lines.some((line) => String(line['message']).includes('can’t be opened')),
      'the fault to be seen',
    )
    expect(receivers.echoing.requests).toHaveLength(got)
    expect((await call('GET', `/v1/endpoints/${unreadable}/secret`)).status).toBe(500)

    for (const id of endpoints) {
      await call('GET', `/v1/endpoints/${id}`)
      await call('PATCH', `/v1/endpoints/${id}`, { json: { description: 'changed' } })
    }
    await call('GET', '/v1/endpoints')
    const { json } = await call('GET', '/v1/deliveries')
    for (const { id } of json['data'] as { id: string }[]) {
      await call('GET', `/v1/deliveries/${id}`)
      const attempts = await call('GET', `/v1/deliveries/${id}/attempts`)
      for (const attempt of attempts.json['data'] as { id: string }[]) await call('GET', `/v1/attempts/${attempt.id}`)
      await call('POST', `/v1/deliveries/${id}/retry`, { json: { mode: 'once' } })
    }
  })

  test('callers put secrets where none belong', async () => {
    const { rejected } = secrets
    const wrong: Parameters<TestIngress['call']>[] = [
      ['POST', '/v1/endpoints', { json: { url: `https://user:${rejected}@receiver.example/` } }],
      ['POST', '/v1/endpoints', { json: { url: 'https://receiver.example/', secret: rejected } }],
      ['POST', '/v1/endpoints', { json: { url: 'https://receiver.example/', secret: `whsec_${rejected}` } }],
      ['POST', '/v1/endpoints', { json: { url: 'https://receiver.example/', headers: { 'x-a': `${rejected}\r\n` } } }],
      [
        'POST',
        '/v1/endpoints',
        { json: { url: 'https://receiver.example/', headers: { 'x-a': { value: [rejected] } } } },
      ],
      ['POST', '/v1/endpoints', { json: { url: 'https://receiver.example/', password: rejected } }],
      ['POST', '/v1/endpoints', { text: `{"url":"https://receiver.example/","secret":"${rejected}` }],
      ['POST', '/v1/endpoints', { text: `{"secret":${rejected}}` }],
      ['GET', `/v1/endpoints?key=${rejected}`, {}],
      ['GET', `/v1/endpoints?cursor=${rejected}`, {}],
      ['GET', `/v1/endpoints/${rejected}`, {}],
      ['GET', `/${rejected}`, {}],
      ['GET', '/v1/endpoints', { key: null, headers: { authorization: `Basic ${rejected}` } }],
      ['GET', '/v1/endpoints', { key: rejected }],
      ['GET', '/v1/endpoints', { key: `rdk_${'0'.repeat(32)}_${rejected}` }],
      [
        'POST',
        '/admin/login',
        {
          key: null,
          text: `key=${rejected}`,
          headers: { 'content-type': 'application/x-www-form-urlencoded', origin: server.url },
        },
      ],
    ]
    for (const entry of wrong) {
      const answer = await call(...entry)
      expect([entry[1], answer.status >= 400 && answer.status < 500]).toEqual([entry[1], true])
    }
  })

  test('and then there is no trace of them', async () => {
    const boards = [
      '',
      '/api/queues',
      '/api/queues?activeQueue=deliver&status=latest&page=1',
      '/api/queues?activeQueue=publish&status=latest&page=1',
    ]
    for (const path of boards) answers.push((await server.call('GET', `/admin/queues${path}`)).text)
    const metrics = await server.call('GET', '/metrics')
    const database = await dump(server.databaseUrl, 'public')
    const places: Record<string, string> = {
      logs: JSON.stringify(server.lines),
      answers: answers.join('\n'),
      metrics: metrics.text + (await worker.metrics.render()),
      database,
      queue: journal ? await journal.journal() : await dump(server.databaseUrl, 'bullmq'),
      jobs: JSON.stringify(server.jobs),
    }
    // the search sees what it is to look at
    expect(places['logs']).toContain('"attempt"')
    expect(places['answers']).toContain('[redacted]')
    expect(database).toContain('youSent')
    expect(places['queue']).toContain(String(server.jobs[0]?.id))
    const hidden = { ...secrets, tenant: key.slice(-43), rawKey: Buffer.from(signingKey, 'base64').toString('hex') }
    for (const [place, text] of Object.entries(places)) {
      for (const [name, secret] of Object.entries(hidden))
        expect([place, name, text.includes(secret)]).toEqual([place, name, false])
    }
  })
})
