import { once } from 'node:events'
import { connect, type Socket } from 'node:net'
import { afterAll, afterEach, beforeAll, expect, test } from '@jest/globals'
import { eventually, whenClosed } from '@redrive/testkit/conditions'
import { startIngress, type TestIngress } from './harness.ts'

/** Callers that are slow, or many: what they hold is bounded, and others are answered meanwhile. */

const BODIES_MAX_BYTES = 1024 * 1024

let server: TestIngress
let ours: Awaited<ReturnType<TestIngress['tenant']>>
beforeAll(async () => {
  server = await startIngress({
    limits: { bodiesMaxBytes: BODIES_MAX_BYTES, slowest: { headersMs: 1_000, requestMs: 2_000 } },
  })
  ours = await server.tenant()
})
afterAll(() => server.close())

const sockets: Socket[] = []
afterEach(() => {
  for (const socket of sockets.splice(0)) socket.destroy()
})

interface Caller {
  socket: Socket
  heard: () => string
}

function call(bytes: string, port = server.port): Caller {
  const socket = connect(port, '127.0.0.1')
  sockets.push(socket)
  const chunks: Buffer[] = []
  socket.on('data', (chunk) => chunks.push(chunk))
  socket.on('error', () => undefined)
  socket.write(bytes)
  return { socket, heard: () => Buffer.concat(chunks).toString() }
}

const head = (path: string, length: number, key = ours.key) =>
  `POST ${path} HTTP/1.1\r\nhost: a\r\nauthorization: Bearer ${key}\r\ncontent-type: application/json\r\ncontent-length: ${String(length)}\r\n\r\n`

test.each<[string, () => string, RegExp]>([
  ['headers that never end', () => 'GET /livez HTTP/1.1\r\nhost: a\r\n', /^HTTP\/1\.1 408 /],
  ['a body that never comes', () => head('/v1/events', 100), /^HTTP\/1\.1 408 /],
  ['half a body', () => `${head('/v1/events', 100)}{"type":`, /^HTTP\/1\.1 408 /],
])('%s: the connection is taken back', async (_what, bytes, answer) => {
  const { socket, heard } = call(bytes())
  await whenClosed(socket)
  expect(heard()).toMatch(answer)
})

test('a byte now and then does not prolong it', async () => {
  const { socket } = call(head('/v1/events', 1000))
  const drip = setInterval(() => socket.write(' '), 50)
  await whenClosed(socket)
  clearInterval(drip)
  expect((await server.call('GET', '/livez')).status).toBe(200)
})

test('who has no key is not read at all', async () => {
  const { heard } = call(head('/v1/events/batch', 16 * 1024 * 1024, 'wrong') + 'x'.repeat(1000))
  await eventually(() => heard().includes('401'), 'the answer')
})

test('many large bodies at once: what is held together is bounded, and given back', async () => {
  const large = 300 * 1024
  const callers = Array.from({ length: 8 }, () => call(head('/v1/events/batch', large) + ' '.repeat(large - 1)))
  // all but their last byte: three fit into the budget
  await eventually(() => callers.filter(({ heard }) => heard().includes(' 503 ')).length === 5, 'five to be refused')
  expect(callers.find(({ heard }) => heard() !== '')?.heard()).toMatch(/retry-after: 1\r\n.*connection: close/is)
  // small ones still pass
  expect((await server.call('POST', '/v1/events', { key: ours.key, json: { type: 'a', payload: 1 } })).status).toBe(202)
  for (const { socket } of callers) socket.destroy()
  const text = JSON.stringify({ events: [{ type: 'a', payload: 'x'.repeat(60_000) }] }).padEnd(900 * 1024)
  await eventually(
    async () => (await server.call('POST', '/v1/events/batch', { key: ours.key, text })).status === 202,
    'the budget to be given back',
  )
})

test('more than is worked on at a time is refused before it is read, and those who only look are not', async () => {
  const crowded = await startIngress({ limits: { requestsAtOnce: 2 } })
  try {
    const { key } = await crowded.tenant()
    const publish = () => crowded.call('POST', '/v1/events', { key, json: { type: 'a', payload: 1 } })
    expect((await publish()).status).toBe(202)
    const answered: number[] = []
    crowded.databaseProxy.pause()
    const waiting = [publish(), publish()]
    for (const request of waiting) void request.then(({ status }) => answered.push(status))
    // neither its key nor its body is looked at
    const refused = async () =>
      crowded.call('POST', '/v1/events', { key: 'wrong', text: '{', headers: { 'content-type': 'application/json' } })
    await eventually(async () => (await refused()).status === 503, 'the third to be refused')
    expect((await refused()).headers.get('retry-after')).toBe('1')
    expect(answered).toEqual([])
    expect((await crowded.call('GET', '/livez')).status).toBe(200)
    crowded.databaseProxy.resume()
    expect((await Promise.all(waiting)).map(({ status }) => status)).toEqual([202, 202])
    expect((await publish()).status).toBe(202)
  } finally {
    await crowded.close()
  }
})

test('who is refused and comes again at once is not heard before the time that it was told, and then is', async () => {
  const crowded = await startIngress({ limits: { requestsAtOnce: 1, returns: { perSecond: 1, mostMs: 10_000 } } })
  try {
    const { key } = await crowded.tenant()
    const publish = () => crowded.call('POST', '/v1/events', { key, json: { type: 'a', payload: 1 } })
    const body = '{"type":"a","payload":1}'
    const bytes = head('/v1/events', body.length, key) + body
    const answers = ({ heard }: Caller): string[] => heard().match(/HTTP\/1\.1 \d+/g) ?? []
    // so that its key is known
    expect((await publish()).status).toBe(202)
    crowded.databaseProxy.pause()
    const waiting = publish()
    await eventually(async () => (await publish()).status === 503, 'one to be worked on')
    const whole = call(bytes, crowded.port)
    const halved = call(bytes.slice(0, -5), crowded.port)
    await eventually(() => whole.heard() !== '' && halved.heard() !== '', 'both to be refused')
    expect(whole.heard()).toMatch(/^HTTP\/1\.1 503 [^]*retry-after: 2\r\n/i)
    const refusedAt = performance.now()
    halved.socket.write(bytes.slice(-5))
    crowded.databaseProxy.resume()
    expect((await waiting).status).toBe(202)
    for (const { socket } of [whole, halved]) socket.write(bytes)
    // others are heard meanwhile
    expect((await publish()).status).toBe(202)
    expect([whole, halved].map((caller) => answers(caller).length)).toEqual([1, 1])
    await eventually(() => [whole, halved].every((caller) => answers(caller).length === 2), 'both to be heard')
    expect(performance.now() - refusedAt).toBeGreaterThan(1_500)
    expect([whole, halved].map((caller) => answers(caller)[1])).toEqual(['HTTP/1.1 202', 'HTTP/1.1 202'])
  } finally {
    for (const socket of sockets.splice(0)) socket.destroy()
    await crowded.close()
  }
})

test('an ingress ends while those whom it refused rest', async () => {
  const crowded = await startIngress({ limits: { requestsAtOnce: 0, returns: { perSecond: 0.01, mostMs: 60_000 } } })
  const caller = call(`${head('/v1/events', 2)}{}`, crowded.port)
  await eventually(() => caller.heard().includes('retry-after: 60'), 'the answer')
  await Promise.all([crowded.close(), whenClosed(caller.socket)])
})

test('more connections than it holds are closed as they come', async () => {
  const small = await startIngress({ limits: { connectionsAtOnce: 2 } })
  try {
    const dial = (): Socket => {
      const socket = connect(small.port, '127.0.0.1')
      sockets.push(socket)
      socket.on('error', () => undefined)
      return socket
    }
    const [one, two] = [dial(), dial()]
    await Promise.all([one, two].map((socket) => once(socket, 'connect')))
    await whenClosed(dial())
    expect([one, two].map(({ readyState }) => readyState)).toEqual(['open', 'open'])
  } finally {
    for (const socket of sockets.splice(0)) socket.destroy()
    await small.close()
  }
})
