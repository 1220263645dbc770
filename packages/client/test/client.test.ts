import { createServer, type IncomingMessage, type Server } from 'node:http'
import type { AddressInfo } from 'node:net'
import { afterAll, afterEach, beforeAll, describe, expect, test } from '@jest/globals'
import { createClient, RedriveError, RedriveUnreachable, type Client } from '@redrive/client'
import { OPERATOR_KEY, startIngress, type TestIngress } from '../../../apps/ingress/test/harness.ts'

let ingress: TestIngress
let operator: Client
let client: Client
beforeAll(async () => {
  ingress = await startIngress()
  const tenant = await ingress.tenant()
  client = createClient({ baseUrl: ingress.url, key: tenant.key })
  operator = createClient({ baseUrl: `${ingress.url}/`, key: OPERATOR_KEY, tenantId: tenant.id })
})
afterAll(() => ingress.close())

describe('against the running ingress', () => {
  test('events are published and read back', async () => {
    const event = await client.events.publish({ type: 'order.shipped', payload: { total: 12 } })
    expect(event.idempotencyKey).not.toBeNull()
    const found = await client.events.get(event.id)
    expect(found.payload).toEqual({ total: 12 })
    const { data } = await client.events.publishBatch([
      { type: 'order.shipped', payload: 1 },
      { type: 'order shipped', payload: 2 },
    ])
    expect(data).toEqual([{ id: expect.any(String) }, { error: expect.objectContaining({ status: 422 }) }])
  })

  test('lists are read page after page, in order, each thing once', async () => {
    const type = 'paged.event'
    const { data } = await client.events.publishBatch(Array.from({ length: 7 }, (_, payload) => ({ type, payload })))
    const published = data.map((result) => ('id' in result ? result.id : ''))
    const read: string[] = []
    for await (const { id } of client.events.list({ type, limit: 3 })) read.push(id)
    expect(read).toHaveLength(7)
    expect(new Set(read)).toEqual(new Set(published))
    const first = await client.events.list({ type, limit: 3 }).page()
    expect(first.data.map(({ id }) => id)).toEqual(read.slice(0, 3))
    expect(first.prevCursor).toBeNull()
  })

  test('an endpoint lives its life', async () => {
    const { id, secret } = await client.endpoints.create({ url: 'http://127.0.0.1:9/hooks', eventTypes: ['order.*'] })
    expect(secret).toMatch(/^whsec_/)
    expect(await client.endpoints.secret(id)).toBe(secret)
    expect((await client.endpoints.pause(id)).status).toBe('paused')
    expect((await client.endpoints.resume(id)).status).toBe('active')
    expect((await client.endpoints.disable(id, { reason: 'for a while' })).disabledReason).toBe('for a while')
    expect((await client.endpoints.enable(id)).status).toBe('active')
    expect((await client.endpoints.rotateSecret(id)).secret).not.toBe(secret)
    await client.endpoints.delete(id)
    await expect(client.endpoints.get(id)).rejects.toMatchObject({ status: 404 })
  })

  test('the operator makes tenants and keys, and acts for a tenant', async () => {
    const tenant = await operator.tenants.create({ name: 'Theirs' })
    const { key, id } = await operator.apiKeys.create(tenant.id, { name: 'ci', scopes: ['events:write'] })
    const theirs = createClient({ baseUrl: ingress.url, key })
    expect((await theirs.events.publish({ type: 'a.b', payload: null })).tenantId).toBe(tenant.id)
    await operator.apiKeys.revoke(tenant.id, id)
    const keys = []
    for await (const each of operator.apiKeys.list(tenant.id)) keys.push(each.revokedAt)
    expect(keys).toEqual([expect.any(String)])
    expect((await operator.endpoints.list().page()).data).toEqual([])
  })

  test('what is refused says what is wrong, and where', async () => {
    const refused = client.events.publish({ type: 'no type', payload: 1 })
    await expect(refused).rejects.toBeInstanceOf(RedriveError)
    await expect(refused).rejects.toMatchObject({
      status: 422,
      requestId: expect.any(String),
      errors: [{ pointer: '/type', detail: expect.any(String) }],
    })
  })
})

describe('against a server that is in trouble', () => {
  let server: Server | undefined
  afterEach(() => {
    server?.closeAllConnections()
    server?.close()
  })

  interface Answer {
    status: number
    headers?: Record<string, string>
    body?: string
    /** instead of the end: the connection is cut, or nothing more comes */
    then?: 'cut' | 'silence'
  }

  /** Answers each call with the next of these; null cuts the connection. */
  async function troubled(...answers: (null | Answer)[]) {
    const seen: { headers: IncomingMessage['headers']; body: string }[] = []
    server = createServer((request, response) => {
      let body = ''
      request.on('data', (chunk: Buffer) => (body += chunk.toString()))
      request.on('end', () => {
        seen.push({ headers: request.headers, body })
        const answer = answers[seen.length - 1]
        if (!answer) return request.socket.destroy()
        const { status, headers, body: text = '{"id":"1","detail":"as told"}', then } = answer
        response.writeHead(status, headers)
        if (then === undefined) return response.end(text)
        return response.write(text, () => then === 'cut' && request.socket.destroy())
      })
    })
    const listening = server
    await new Promise<void>((resolve) => {
      listening.listen(0, '127.0.0.1', resolve)
    })
    const { port } = listening.address() as AddressInfo
    const baseUrl = `http://127.0.0.1:${String(port)}`
    return { seen, baseUrl, client: createClient({ baseUrl, key: 'k', maxRetries: 2 }) }
  }

  test('publishing is tried again with the same key', async () => {
    const { seen, client } = await troubled(null, { status: 502 }, { status: 202 })
    await client.events.publish({ type: 'a', payload: 1 })
    expect(seen).toHaveLength(3)
    expect(new Set(seen.map(({ body }) => body)).size).toBe(1)
    expect(seen[0]?.body).toContain('idempotencyKey')
  })

  test('Retry-After is honoured', async () => {
    const { client } = await troubled({ status: 503, headers: { 'retry-after': '1' } }, { status: 202 })
    const startedAt = performance.now()
    await client.events.publish({ type: 'a', payload: 1 })
    expect(performance.now() - startedAt).toBeGreaterThan(990)
  })

  test('what must not happen twice is repeated only if nothing was done', async () => {
    const first = await troubled({ status: 429 }, { status: 500 })
    await expect(first.client.tenants.create({ name: 'x' })).rejects.toMatchObject({ status: 500, message: 'as told' })
    expect(first.seen).toHaveLength(2)
  })

  test.each([500, 502, 503, 504])('after a %i it may have been done: only what may be repeated is', async (status) => {
    const { seen, client } = await troubled({ status }, { status }, { status: 200 })
    await expect(client.endpoints.test('1')).rejects.toMatchObject({ status })
    expect(seen).toHaveLength(1)
    await client.endpoints.get('1')
    expect(seen).toHaveLength(3)
  })

  const brokenOff: Answer = { status: 202, headers: { 'content-length': '100' }, body: '{"id":', then: 'cut' }
  const silent: Answer = { ...brokenOff, then: 'silence' }
  const page: Answer = { status: 200, headers: { 'content-type': 'text/html' }, body: '<html>Welcome</html>' }

  test.each([
    ['breaks off', brokenOff, /terminated/, 30_000],
    ['never ends', silent, /timeout/, 1_000],
    ['is not JSON', page, /not valid JSON/, 30_000],
  ])('an answer that %s is none', async (_, answer, cause, timeoutMs) => {
    const { seen, baseUrl } = await troubled(answer, answer, { status: 202 })
    const client = createClient({ baseUrl, key: 'k', maxRetries: 2, timeoutMs })
    const created = client.tenants.create({ name: 'x' })
    await expect(created).rejects.toBeInstanceOf(RedriveUnreachable)
    await expect(created).rejects.toMatchObject({ cause: { message: expect.stringMatching(cause) } })
    expect(seen).toHaveLength(1)
    expect(await client.events.publish({ type: 'a', payload: 1 })).toMatchObject({ id: '1' })
    expect(seen).toHaveLength(3)
    expect(seen[1]?.body).toBe(seen[2]?.body)
  })

  test('a refusal that breaks off is one still', async () => {
    const { seen, client } = await troubled({ ...brokenOff, status: 429 }, { status: 201 })
    expect(await client.tenants.create({ name: 'x' })).toMatchObject({ id: '1' })
    expect(seen).toHaveLength(2)
  })

  test('it gives up, and says why', async () => {
    const { seen, client } = await troubled(null, null, null, null)
    await expect(client.events.get('1')).rejects.toBeInstanceOf(RedriveUnreachable)
    expect(seen).toHaveLength(3)
    const nobody = createClient({ baseUrl: 'http://127.0.0.1:45', key: 'k', maxRetries: 0 })
    await expect(nobody.events.get('1')).rejects.toThrow(/^No answer from http:\/\/127\.0\.0\.1:45: .*ECONNREFUSED/)
  })
})
