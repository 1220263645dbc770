import { connect } from 'node:net'
import { once } from 'node:events'
import { afterAll, beforeAll, expect, test } from '@jest/globals'
import { eventually } from '@redrive/testkit/conditions'
import { OPERATOR_KEY, startIngress, type TestIngress } from './harness.ts'

let server: TestIngress
let ours: Awaited<ReturnType<TestIngress['tenant']>>
beforeAll(async () => {
  server = await startIngress()
  ours = await server.tenant()
})
afterAll(() => server.close())

test.each(['/', '/v1', '/v1/nothing', '/v1/events/a/b/c', '/%2e%2e/etc/passwd', '/v1/%ff'])(
  '%s is an unknown path',
  async (path) => {
    const answer = await server.call('GET', path)
    expect(answer.status).toBe(404)
    expect(answer.headers.get('content-type')).toBe('application/problem+json')
    expect(answer.json).toMatchObject({
      title: 'Not Found',
      status: 404,
      requestId: answer.headers.get('x-request-id'),
    })
  },
)

test('answers are data: not cached, sniffed, framed or signed by a framework', async () => {
  const { headers } = await server.call('GET', '/v1/tenants')
  expect(headers.get('cache-control')).toBe('no-store')
  expect(headers.get('x-content-type-options')).toBe('nosniff')
  expect(headers.get('content-security-policy')).toContain("frame-ancestors 'none'")
  expect(headers.has('x-powered-by')).toBe(false)
  expect(headers.has('etag')).toBe(false)
})

test.each([
  ['a-request.id:1', true],
  ['x'.repeat(128), true],
  ['x'.repeat(129), false],
  ['with blank', false],
  ['<script>', false],
])('x-request-id %s is taken over: %p', async (requestId, taken) => {
  const answer = await server.call('GET', '/livez', { headers: { 'x-request-id': requestId } })
  expect(answer.headers.get('x-request-id') === requestId).toBe(taken)
  expect(answer.headers.get('x-request-id')).toMatch(/^[A-Za-z0-9._:-]{1,128}$/)
})

test('a line for each request, with the route’s pattern and ids, without secrets or queries', async () => {
  const requestId = 'line-under-test'
  const lines = () => server.lines.filter((line) => line['requestId'] === requestId)
  const id = '01890a5d-ac96-774b-bcce-b302099a8057'
  await server.call('GET', `/v1/events/${id}?cursor=hidden-cursor`, {
    key: ours.key,
    headers: { 'x-request-id': requestId },
  })
  await eventually(() => lines().length > 0, 'the line')
  expect(lines()).toHaveLength(1)
  expect(lines()[0]).toMatchObject({
    level: 'info',
    message: 'request',
    method: 'GET',
    route: '/v1/events/{id}',
    status: 422,
    tenantId: ours.id,
    id,
    ms: expect.any(Number),
  })
  const everything = JSON.stringify(server.lines)
  expect(everything).not.toContain('hidden-cursor')
  expect(everything).not.toContain(ours.key)
  expect(everything).not.toContain(OPERATOR_KEY)
})

test('HEAD is GET without the body', async () => {
  const answer = await server.call('HEAD', '/v1/tenants')
  expect([answer.status, answer.text]).toEqual([200, ''])
})

test('a request that is cut off breaks nothing', async () => {
  const socket = connect(server.port, '127.0.0.1')
  socket.write(
    `POST /v1/events HTTP/1.1\r\nhost: a\r\nauthorization: Bearer ${ours.key}\r\ncontent-type: application/json\r\ncontent-length: 100\r\n\r\n{"type`,
  )
  const before = server.lines.length
  await once(socket, 'connect')
  socket.end()
  await eventually(
    () => server.lines.slice(before).some((line) => line['route'] === '/v1/events'),
    'the end of the request',
  )
  // it reads nothing, so it would never see the other end
  socket.destroy()
  expect((await server.call('GET', '/livez')).status).toBe(200)
  expect(server.errors()).toEqual([])
})
