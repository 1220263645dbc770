import { getEventListeners } from 'node:events'
import type { Socket } from 'node:net'
import { describe, expect, test } from '@jest/globals'
import { createTestAuthority } from '@redrive/testkit/certificates'
import { eventually } from '@redrive/testkit/conditions'
import * as does from '@redrive/testkit/misbehaviours'
import { startRawServer } from '@redrive/testkit/raw-server'
import { startReceiver } from '@redrive/testkit/receiver'
import { TRANSPORTS, closeAfterEach, gist, loopbackSender, requestTo } from './sending.ts'

const keep = closeAfterEach()

describe.each(TRANSPORTS)('by %s, a request', (transport) => {
  test('goes out as given, with nothing added but what HTTP demands', async () => {
    const receiver = keep(await startReceiver())
    const sender = keep(loopbackSender({ transport }))
    const body = '{ "n": 12345678901234567890, "ü": "\\u0000 \u2028" }\n'
    await sender.send(requestTo(`${receiver.url}/a%20b?x=%2f&y`, { headers: { 'webhook-id': 'msg_1' }, body }))
    const [request] = await receiver.waitFor(1)
    expect(request).toMatchObject({ method: 'POST', url: '/a%20b?x=%2f&y' })
    expect(request?.body.toString()).toBe(body)
    expect(request?.headers).toEqual({
      'webhook-id': 'msg_1',
      host: new URL(receiver.url).host,
      connection: 'keep-alive',
      'content-length': String(Buffer.byteLength(body)),
    })
  })

  test('says each header once, on a line of its own', async () => {
    let received = ''
    const onConnection = (socket: Socket): void => {
      socket.on('data', (chunk) => (received += chunk.toString('latin1')))
    }
    const server = keep(
      await startRawServer({ onConnection, ...does.says('HTTP/1.1 200 OK\r\ncontent-length: 0\r\n\r\n') }),
    )
    const headers = { 'content-type': 'application/json', 'webhook-id': 'msg_1' }
    await keep(loopbackSender({ transport })).send(requestTo(server.url, { headers, body: '{"ü":1}' }))
    const [head, body] = received.split('\r\n\r\n')
    const [line, ...lines] = head?.toLowerCase().split('\r\n') ?? []
    expect(line).toBe('post / http/1.1')
    expect(lines.toSorted()).toEqual([
      'connection: keep-alive',
      'content-length: 8',
      'content-type: application/json',
      `host: ${new URL(server.url).host}`,
      'webhook-id: msg_1',
    ])
    expect(body).toBe(Buffer.from('{"ü":1}').toString('latin1'))
  })

  test('may have an empty body', async () => {
    const receiver = keep(await startReceiver())
    await keep(loopbackSender({ transport })).send(requestTo(receiver.url, { body: '' }))
    expect(receiver.requests[0]?.headers['content-length']).toBe('0')
  })

  test.each([
    ['a line break in a value', { 'x-a': 'b\r\nx-c: d' }],
    ['a character beyond Latin-1 in a value', { 'x-a': '€' }],
    ['a space in a name', { 'x a': 'b' }],
  ])('with %s is our own fault and never leaves', async (_, headers) => {
    const receiver = keep(await startReceiver())
    const outcome = await keep(loopbackSender({ transport })).send(requestTo(receiver.url, { headers }))
    expect(gist(outcome)).toBe('internal')
    expect(receiver.requests).toEqual([])
  })

  test('reuses its connection, and says so by leaving those phases out', async () => {
    const authority = createTestAuthority()
    const receiver = keep(await startReceiver({ tls: authority.issue() }))
    const sender = keep(loopbackSender({ transport, tls: { ca: [authority.cert] } }))
    const [first, second] = [await sender.send(requestTo(receiver.url)), await sender.send(requestTo(receiver.url))]
    expect(first.timings).toEqual({
      dns: 0,
      connect: expect.any(Number),
      tls: expect.any(Number),
      firstByte: expect.any(Number),
      total: first.durationMs,
    })
    expect(second.timings).toEqual({
      dns: null,
      connect: null,
      tls: null,
      firstByte: expect.any(Number),
      total: second.durationMs,
    })
    expect(receiver.connections.total).toBe(1)
  })
})

describe.each(TRANSPORTS)('by %s, an answer', (transport) => {
  test('has its headers in lower case, repetitions joined, and unusual names and bytes kept harmless', async () => {
    const server = keep(
      await startRawServer(
        does.says(
          'HTTP/1.1 200 OK\r\nX-A: 1\r\nx-a: 2\r\nSet-Cookie: a=b\r\nset-cookie: c=d\r\nLocation: /1\r\nlocation: /2\r\n__proto__: p\r\nx-latin: caf\xe9\r\ncontent-length: 0\r\n\r\n',
        ),
      ),
    )
    const outcome = await keep(loopbackSender({ transport })).send(requestTo(server.url))
    expect(outcome.kind === 'response' && Object.entries(outcome.headers)).toEqual([
      ['x-a', '1, 2'],
      ['set-cookie', 'a=b, c=d'],
      ['location', '/1, /2'],
      ['__proto__', 'p'],
      ['x-latin', 'café'],
      ['content-length', '0'],
    ])
  })

  test('may come byte by byte after 100 Continue, on a connection that is used again', async () => {
    const text = 'HTTP/1.1 100 Continue\r\nx-a: b\r\n\r\nHTTP/1.1 201 Made\r\ncontent-length: 2\r\n\r\nok'
    const server = keep(
      await startRawServer({
        onRequest: (socket) => {
          socket.setNoDelay()
          const next = (at: number): void => {
            if (at < text.length) socket.write(text.charAt(at), () => setImmediate(next, at + 1))
          }
          next(0)
        },
      }),
    )
    const sender = keep(loopbackSender({ transport }))
    expect(await sender.send(requestTo(server.url))).toMatchObject({ kind: 'response', status: 201, body: 'ok' })
    expect(await sender.send(requestTo(server.url))).toMatchObject({ kind: 'response', status: 201, body: 'ok' })
    expect(server.connections.total).toBe(1)
  })

  test.each([
    ['shorter than the cap', 'abc', 'abc', false],
    ['exactly as long as the cap', 'abcd', 'abcd', false],
    ['longer than the cap', 'abcde', 'abcd', true],
    ['cut within a character', 'abcé', 'abc', true],
    ['empty', '', '', false],
  ])('that is %s', async (_, body, captured, truncated) => {
    const receiver = keep(await startReceiver({ answer: { body } }))
    const outcome = await keep(loopbackSender({ transport, captureBytes: 4 })).send(requestTo(receiver.url))
    expect(outcome).toMatchObject({ kind: 'response', status: 200, body: captured, bodyTruncated: truncated })
  })
})

describe.each(TRANSPORTS)('by %s, a kept-alive connection', (transport) => {
  test('that the receiver closed is not the reason of a failed attempt', async () => {
    const server = keep(
      await startRawServer({
        onRequest: (socket, index) => {
          if (index === 1) socket.resetAndDestroy()
          else socket.write('HTTP/1.1 200 OK\r\ncontent-length: 2\r\n\r\nok')
        },
      }),
    )
    const sender = keep(loopbackSender({ transport }))
    expect(gist(await sender.send(requestTo(server.url)))).toBe(200)
    expect(gist(await sender.send(requestTo(server.url)))).toBe(200)
    expect(server.connections.total).toBe(2)
  })

  test('is replaced once and no more', async () => {
    let requests = 0
    const behaviour = does.wellAtFirst(1, (socket) => socket.resetAndDestroy())
    const server = keep(
      await startRawServer({
        onRequest: (socket, index) => {
          requests += 1
          behaviour.onRequest?.(socket, index)
        },
      }),
    )
    const sender = keep(loopbackSender({ transport }))
    expect(gist(await sender.send(requestTo(server.url)))).toBe(200)
    expect(gist(await sender.send(requestTo(server.url)))).toBe('reset')
    expect(requests).toBe(3)
  })

  test.each([
    [
      'after a byte of its answer',
      (socket: Parameters<Parameters<typeof does.wellAtFirst>[1]>[0]) => {
        socket.write('H', () => setImmediate(() => socket.resetAndDestroy()))
      },
    ],
    [
      'long after the request',
      (socket: Parameters<Parameters<typeof does.wellAtFirst>[1]>[0]) => {
        setTimeout(() => socket.resetAndDestroy(), 1_100)
      },
    ],
  ])('that fails %s was not stale, and nothing is sent twice', async (_, fails) => {
    const server = keep(await startRawServer(does.wellAtFirst(1, fails)))
    const sender = keep(loopbackSender({ transport }))
    expect(gist(await sender.send(requestTo(server.url)))).toBe(200)
    expect(gist(await sender.send(requestTo(server.url)))).toBe('reset')
    expect(server.connections.total).toBe(1)
  })

  test('is one of at most maxSocketsPerOrigin', async () => {
    const receiver = keep(await startReceiver({ answer: { delayMs: 5 } }))
    const sender = keep(loopbackSender({ transport, maxSocketsPerOrigin: 3 }))
    const outcomes = await Promise.all(Array.from({ length: 30 }, () => sender.send(requestTo(receiver.url))))
    expect(outcomes.map(gist)).toEqual(Array(30).fill(200))
    expect(receiver.connections.total).toBe(3)
    expect(receiver.concurrency).toEqual({ now: 0, most: 3 })
  })

  test('is not kept by an answer to a body that the receiver never reads', async () => {
    const server = keep(
      await startRawServer({
        onConnection: (socket) => {
          socket.once('data', () => {
            socket.pause()
            socket.write('HTTP/1.1 200 OK\r\ncontent-length: 2\r\n\r\nok')
          })
        },
      }),
    )
    const sender = keep(loopbackSender({ transport, maxSocketsPerOrigin: 1 }))
    // more than a system takes for a connection that nobody reads
    expect(gist(await sender.send(requestTo(server.url, { body: 'x'.repeat(32 * 1024 * 1024) })))).toBe(200)
    expect(gist(await sender.send(requestTo(server.url, { timeoutMs: 2_000 })))).toBe(200)
    expect(server.connections.total).toBe(2)
  })

  test('that does not come free in time is our fault, not the receiver’s', async () => {
    const server = keep(await startRawServer(does.silent))
    const sender = keep(loopbackSender({ transport, maxSocketsPerOrigin: 1 }))
    const first = sender.send(requestTo(server.url, { timeoutMs: 1_000 }))
    const second = await sender.send(requestTo(server.url, { timeoutMs: 100 }))
    expect(second).toMatchObject({ code: 'interrupted', message: expect.stringMatching(/came free within 0\.1 s/u) })
    expect(second.durationMs).toBeLessThan((await first).durationMs)
    expect(gist(await first)).toBe('timeout')
  })
})

describe.each(TRANSPORTS)('by %s, an interruption', (transport) => {
  test('before the request sends nothing', async () => {
    const receiver = keep(await startReceiver())
    const outcome = await keep(loopbackSender({ transport })).send(requestTo(receiver.url), AbortSignal.abort())
    expect(gist(outcome)).toBe('interrupted')
    expect(receiver.connections.total).toBe(0)
  })

  test('while waiting for the answer ends the request and its connection', async () => {
    const receiver = keep(await startReceiver({ answer: { delayMs: 60_000 } }))
    const abort = new AbortController()
    const sending = keep(loopbackSender({ transport })).send(requestTo(receiver.url), abort.signal)
    await receiver.waitFor(1)
    abort.abort()
    expect(gist(await sending)).toBe('interrupted')
    await eventually(() => receiver.connections.open === 0, 'the connection to be closed')
  })

  test('after the headers of an answer is still a response', async () => {
    const server = keep(await startRawServer(does.says('HTTP/1.1 200 OK\r\ncontent-length: 9\r\n\r\nok')))
    const abort = new AbortController()
    const sending = keep(loopbackSender({ transport })).send(requestTo(server.url), abort.signal)
    // Long enough for headers on loopback; if they were late, the test would fail and not pass.
    setTimeout(() => {
      abort.abort()
    }, 300)
    expect(await sending).toMatchObject({ kind: 'response', status: 200, body: 'ok', bodyTruncated: true })
  })

  test('by close ends everything in flight, and later requests at once', async () => {
    const receiver = keep(await startReceiver({ answer: { delayMs: 60_000 } }))
    const sender = loopbackSender({ transport })
    const sending = [1, 2, 3].map(() => sender.send(requestTo(receiver.url)))
    await receiver.waitFor(3)
    await sender.close()
    expect((await Promise.all(sending)).map(gist)).toEqual(['interrupted', 'interrupted', 'interrupted'])
    expect(gist(await sender.send(requestTo(receiver.url)))).toBe('interrupted')
    await eventually(() => receiver.connections.open === 0, 'the connections to be closed')
  })

  test('is heard of by one listener, however many requests a signal outlives', async () => {
    const receiver = keep(await startReceiver())
    const sender = keep(loopbackSender({ transport }))
    const { signal } = new AbortController()
    await Promise.all([1, 2, 3].map(() => sender.send(requestTo(receiver.url), signal)))
    expect(gist(await sender.send(requestTo('http://127.0.0.1:1/'), signal))).toBe('connect')
    expect(getEventListeners(signal, 'abort')).toHaveLength(1)
  })
})
