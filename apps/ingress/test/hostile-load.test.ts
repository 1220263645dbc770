import { once } from 'node:events'
import { connect, type Socket } from 'node:net'
import { afterAll, afterEach, beforeAll, describe, expect, test } from '@jest/globals'
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

describe('who is refused and comes again at once', () => {
  const body = '{"type":"a","payload":1}'
  const looks = 'GET /livez HTTP/1.1\r\nhost: a\r\n\r\n'
  const answers = ({ heard }: Caller): string[] => heard().match(/HTTP\/1\.1 \d+/g) ?? []
  let crowded: TestIngress
  let publishing: string
  let waiting: Promise<{ status: number }>
  let closing: Promise<void> | undefined
  const close = (): Promise<void> => (closing ??= crowded.close())

  /** One is being worked on, and another was refused, and has the first place. */
  async function crowd(perSecond: number): Promise<void> {
    closing = undefined
    crowded = await startIngress({
      limits: { requestsAtOnce: 1, connectionsAtOnce: 8, returns: { perSecond, mostMs: 600_000 } },
    })
    const { key } = await crowded.tenant()
    publishing = head('/v1/events', body.length, key) + body
    const publish = () => crowded.call('POST', '/v1/events', { key, json: { type: 'a', payload: 1 } })
    // so that its key is known
    expect((await publish()).status).toBe(202)
    crowded.databaseProxy.pause()
    waiting = publish()
    await eventually(async () => (await publish()).status === 503, 'one to be worked on')
  }
  afterEach(async () => {
    crowded.databaseProxy.resume()
    for (const socket of sockets.splice(0)) socket.destroy()
    await close()
  })

  async function refused(): Promise<{ caller: Caller; toldSeconds: number; at: number }> {
    const caller = call(publishing, crowded.port)
    await eventually(() => answers(caller).length === 1, 'the answer')
    const [, seconds] = /^HTTP\/1\.1 503 [^]*retry-after: (\d+)\r\n/i.exec(caller.heard()) ?? []
    return { caller, toldSeconds: Number(seconds), at: performance.now() }
  }

  test('hears that it is refused not before its time', async () => {
    await crowd(0.5)
    const { caller, toldSeconds, at } = await refused()
    expect(toldSeconds).toBeGreaterThanOrEqual(3)
    caller.socket.write(publishing)
    await eventually(() => answers(caller).length === 2, 'the second answer')
    expect(answers(caller)[1]).toBe('HTTP/1.1 503')
    // a place is as exact as a second
    expect(performance.now() - at).toBeGreaterThan((toldSeconds - 1.5) * 1_000)
  })

  test('is heard at once if there is room, or if it only looks', async () => {
    await crowd(0.01)
    const { caller } = await refused()
    caller.socket.write(looks)
    await eventually(() => answers(caller)[1] === 'HTTP/1.1 200', 'the look')
    crowded.databaseProxy.resume()
    expect((await waiting).status).toBe(202)
    caller.socket.write(publishing)
    await eventually(() => answers(caller)[2] === 'HTTP/1.1 202', 'the event to be accepted')
  })

  test('holds nothing any more once it has gone', async () => {
    await crowd(0.01)
    const callers = await Promise.all(Array.from({ length: 5 }, refused))
    for (const { caller } of callers) caller.socket.write(publishing)
    for (const { caller } of callers) caller.socket.destroy()
    await eventually(async () => {
      const more = Array.from({ length: 5 }, () => call(looks, crowded.port))
      await Promise.all(more.map(({ socket }) => once(socket, 'connect')))
      const heard = () => more.every((caller) => answers(caller).length === 1)
      const all = await eventually(heard, 'all to be heard', 1_000).then(
        () => true,
        () => false,
      )
      for (const { socket } of more) socket.destroy()
      return all
    }, 'their connections to be free')
  })

  test('is not held, but cut off, with a body that would be held with it', async () => {
    await crowd(0.01)
    const { caller } = await refused()
    caller.socket.write(publishing.replace(/content-length: \d+/, 'content-length: 60000'))
    await whenClosed(caller.socket)
    expect(answers(caller)[1]).toBe('HTTP/1.1 503')
  })

  test('does not hold up the end', async () => {
    await crowd(0.01)
    const { caller } = await refused()
    caller.socket.write(publishing)
    const looking = call(looks, crowded.port)
    await eventually(() => answers(looking).length === 1, 'what comes after it')
    expect(answers(caller)).toHaveLength(1)
    const closed = close()
    await eventually(() => answers(caller)[1] === 'HTTP/1.1 503', 'its refusal')
    crowded.databaseProxy.resume()
    await waiting
    await Promise.all([closed, whenClosed(caller.socket)])
  })
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
