import { describe, expect, test } from '@jest/globals'
import { gzipSync } from 'node:zlib'
import { startBlackHole } from '@redrive/testkit/black-hole'
import { createTestAuthority, selfSigned } from '@redrive/testkit/certificates'
import { eventually } from '@redrive/testkit/conditions'
import * as does from '@redrive/testkit/misbehaviours'
import { startRawServer } from '@redrive/testkit/raw-server'
import type { RawServerOptions } from '@redrive/testkit/raw-server'
import { TRANSPORTS, closeAfterAll, closeAfterEach, gist, loopbackSender, requestTo } from './sending.ts'

/**
 * What receivers do wrong, and what an operator is told. `deadline` rows end at the deadline, which is short for them;
 * every other row has to be over long before it.
 */
interface Row {
  name: string
  server: RawServerOptions
  expect: number | string
  /** of an error's sentence */
  says?: RegExp
  body?: string | RegExp
  truncated?: boolean
  deadline?: true
  /** another host than the one that the server is at */
  url?: (port: number) => string
}

const OK = 'HTTP/1.1 200 OK\r\n'
const authority = createTestAuthority()
const trusted = authority.issue()
const DAY = 86_400_000
const past = { notBefore: new Date(Date.now() - 2 * DAY), notAfter: new Date(Date.now() - DAY) }
const future = { notBefore: new Date(Date.now() + DAY), notAfter: new Date(Date.now() + 2 * DAY) }
const https = (port: number): string => `https://127.0.0.1:${String(port)}/`
const sayOk = does.says(`${OK}content-length: 2\r\n\r\nok`)
const bomb = gzipSync(Buffer.alloc(50_000_000))

const rows: Row[] = [
  // Connections
  { name: 'resets on accept', server: does.resetsOnAccept, expect: 'reset', says: /closed the connection/ },
  { name: 'hangs up on accept', server: does.hangsUpOnAccept, expect: 'reset' },
  {
    name: 'resets on the first byte',
    server: does.resetsOnFirstByte,
    expect: 'reset',
    says: /before the receiver had answered/,
  },
  { name: 'resets on the request', server: does.resetsOnRequest, expect: 'reset' },
  { name: 'hangs up on the request', server: does.hangsUpOnRequest, expect: 'reset' },
  { name: 'resets within the status line', server: does.says('HTTP/1.1 2', 'reset'), expect: 'reset' },
  { name: 'hangs up within the status line', server: does.says('HTTP/1.1 2', 'close'), expect: 'reset' },
  { name: 'resets within the headers', server: does.says(`${OK}x-a: b\r\nx-`, 'reset'), expect: 'reset' },
  { name: 'hangs up within the headers', server: does.says(`${OK}x-a: b\r\nx-`, 'close'), expect: 'reset' },
  {
    name: 'is silent',
    server: does.silent,
    expect: 'timeout',
    says: /deadline of 0\.3 s passed before the receiver had answered/,
    deadline: true,
  },

  // Drips and floods
  { name: 'drips its status line', server: does.drips('', 'HTTP/1.1 200 OK ', 30), expect: 'timeout', deadline: true },
  { name: 'drips its headers', server: does.drips(OK, 'x-header: value\r\n', 30), expect: 'timeout', deadline: true },
  {
    name: 'drips its body',
    server: does.drips(`${OK}content-length: 99999\r\n\r\n`, 'z', 30),
    expect: 200,
    body: /^z+$/,
    truncated: true,
    deadline: true,
  },
  {
    name: 'drips a body without length',
    server: does.drips(`${OK}\r\n`, 'z', 30),
    expect: 200,
    body: /^z+$/,
    truncated: true,
    deadline: true,
  },
  {
    name: 'stalls after its headers',
    server: does.says(`${OK}content-length: 5\r\n\r\n`),
    expect: 200,
    body: '',
    truncated: true,
    deadline: true,
  },
  {
    name: 'stalls after the headers of a failure',
    server: does.says('HTTP/1.1 500 Oh\r\ncontent-length: 5\r\n\r\n'),
    expect: 500,
    body: '',
    truncated: true,
    deadline: true,
  },
  {
    name: 'drips interim answers',
    server: does.drips('', 'HTTP/1.1 100 Continue\r\n\r\n', 10),
    expect: 'timeout',
    deadline: true,
  },
  {
    name: 'says 100 Continue before its answer',
    server: does.says(`HTTP/1.1 100 Continue\r\n\r\n${OK}content-length: 2\r\n\r\nok`),
    expect: 200,
    body: 'ok',
    truncated: false,
  },
  {
    name: 'says all interim answers, with headers that look like them',
    server: does.says(
      `HTTP/1.1 103 Early\r\nx: HTTP/1.1 100\r\n\r\nHTTP/1.1 100 Go\r\nx: y\r\n\r\nHTTP/1.1 102 Wait\r\n\r\n${OK}\r\nHTTP/1.1 100 Continue\r\n\r\n`,
      'close',
    ),
    expect: 200,
    body: 'HTTP/1.1 100 Continue\r\n\r\n',
    truncated: false,
  },
  {
    name: 'says 100 Continue with a malformed header',
    server: does.says(`HTTP/1.1 100 Continue\r\nx y: z\r\n\r\n${OK}\r\n`),
    expect: 'protocol',
  },
  {
    name: 'floods 100 Continue',
    server: does.floods('', 'HTTP/1.1 100 Continue\r\n\r\n'),
    expect: 'protocol',
    says: /more than 100 interim/,
  },
  {
    name: 'floods 103 Early Hints',
    server: does.floods('', 'HTTP/1.1 103 Early Hints\r\nlink: </a>\r\n\r\n'),
    expect: 'protocol',
    says: /interim/,
  },
  {
    name: 'floods headers',
    server: does.floods(OK, 'x-header: value\r\n'),
    expect: 'protocol',
    says: /headers of the answer are larger/,
  },
  {
    name: 'floods one header',
    server: does.floods(`${OK}x-header: `, 'v'),
    expect: 'protocol',
    says: /headers of the answer are larger/,
  },
  { name: 'floods its reason phrase', server: does.floods('HTTP/1.1 200 ', 'OK'), expect: 'protocol' },
  {
    name: 'sends a body without end',
    server: does.floods(`${OK}\r\n`, 'body'),
    expect: 200,
    body: /^(?:body)+$/,
    truncated: true,
  },
  {
    name: 'sends a body without end in chunks',
    server: does.floods(`${OK}transfer-encoding: chunked\r\n\r\n`, '4\r\nbody\r\n'),
    expect: 200,
    body: /^(?:body)+$/,
    truncated: true,
  },
  {
    name: 'sends a failure without end',
    server: does.floods('HTTP/1.1 503 No\r\n\r\n', 'body'),
    expect: 503,
    truncated: true,
  },
  {
    name: 'floods a chunk extension',
    server: does.floods(`${OK}transfer-encoding: chunked\r\n\r\n4;`, 'e'),
    expect: 200,
    body: '',
    truncated: true,
  },
  {
    name: 'floods trailers',
    server: does.floods(`${OK}transfer-encoding: chunked\r\n\r\n2\r\nok\r\n0\r\n`, 'x-trailer: v\r\n'),
    expect: 200,
    body: 'ok',
    truncated: true,
  },

  // Lengths
  {
    name: 'promises more than it sends',
    server: does.says(`${OK}content-length: 10\r\n\r\nok`, 'close'),
    expect: 200,
    body: 'ok',
    truncated: true,
  },
  {
    name: 'resets within its body',
    server: does.says(`${OK}content-length: 10\r\n\r\nok`, 'reset'),
    expect: 200,
    truncated: true,
  },
  {
    name: 'resets within a body that closing would end',
    server: does.says(`${OK}\r\nok`, 'reset'),
    expect: 200,
    truncated: true,
  },
  { name: 'sends more than it promised', server: does.says(`${OK}content-length: 2\r\n\r\nokokok`), expect: 200 },
  {
    name: 'says two lengths',
    server: does.says(`${OK}content-length: 2\r\ncontent-length: 3\r\n\r\nok`),
    expect: 'protocol',
    says: /length of its body/,
  },
  {
    name: 'says its length twice',
    server: does.says(`${OK}content-length: 2\r\ncontent-length: 2\r\n\r\nok`),
    expect: 'protocol',
    says: /length of its body/,
  },
  {
    name: 'says a length and chunks',
    server: does.says(`${OK}content-length: 2\r\ntransfer-encoding: chunked\r\n\r\n0\r\n\r\n`),
    expect: 'protocol',
  },
  { name: 'says a negative length', server: does.says(`${OK}content-length: -1\r\n\r\n`), expect: 'protocol' },
  {
    name: 'says a length beyond 64 bits',
    server: does.says(`${OK}content-length: 99999999999999999999\r\n\r\n`),
    expect: 'protocol',
  },
  {
    name: 'sends a malformed chunk',
    server: does.says(`${OK}transfer-encoding: chunked\r\n\r\nzz\r\n`),
    expect: 200,
    body: '',
    truncated: true,
  },
  {
    name: 'ends within a chunk',
    server: does.says(`${OK}transfer-encoding: chunked\r\n\r\n5\r\nok`, 'close'),
    expect: 200,
    body: 'ok',
    truncated: true,
  },
  {
    name: 'gives 204 a body',
    server: does.says('HTTP/1.1 204 No Content\r\ncontent-length: 4\r\n\r\nbody'),
    expect: 204,
  },
  {
    name: 'gives 304 a body',
    server: does.says('HTTP/1.1 304 Not Modified\r\ncontent-length: 4\r\n\r\nbody'),
    expect: 304,
  },
  {
    name: 'answers twice',
    server: does.says(`${OK}content-length: 2\r\n\r\nok${OK}content-length: 2\r\n\r\nko`),
    expect: 200,
  },
  {
    name: 'ends its body by closing',
    server: does.says(`${OK}\r\nok`, 'close'),
    expect: 200,
    body: 'ok',
    truncated: false,
  },

  // Statuses and syntax
  {
    name: 'speaks HTTP/0.9',
    server: does.says('hello there\r\n', 'close'),
    expect: 'protocol',
    says: /not valid HTTP/,
  },
  { name: 'speaks SMTP', server: { onConnection: (socket) => socket.write('220 mail ESMTP\r\n') }, expect: 'protocol' },
  { name: 'speaks binary', server: does.says(Buffer.from([0, 255, 1, 254, 10, 13, 0])), expect: 'protocol' },
  { name: 'speaks HTTP/2', server: does.says(Buffer.from([0, 0, 0, 4, 0, 0, 0, 0, 0])), expect: 'protocol' },
  { name: 'speaks HTTP/3.7', server: does.says('HTTP/3.7 200 OK\r\n\r\n'), expect: 'protocol' },
  { name: 'has a header without a name', server: does.says(`${OK}: value\r\n\r\n`), expect: 'protocol' },
  { name: 'has a NUL in a header', server: does.says(`${OK}x-a: b\0c\r\n\r\n`), expect: 'protocol' },
  { name: 'ends lines with a bare CR', server: does.says('HTTP/1.1 200 OK\rx-a: b\r\r'), expect: 'protocol' },
  {
    name: 'says status 099',
    server: does.says('HTTP/1.1 099 What\r\ncontent-length: 0\r\n\r\n'),
    expect: 'protocol',
    says: /status 99/,
  },
  { name: 'says status 600', server: does.says('HTTP/1.1 600 What\r\ncontent-length: 0\r\n\r\n'), expect: 600 },
  {
    name: 'says status 1000',
    server: does.says('HTTP/1.1 1000 What\r\ncontent-length: 0\r\n\r\n'),
    expect: 'protocol',
  },
  { name: 'says status abc', server: does.says('HTTP/1.1 abc What\r\ncontent-length: 0\r\n\r\n'), expect: 'protocol' },
  {
    name: 'switches protocols',
    server: does.says('HTTP/1.1 101 Switching\r\nconnection: upgrade\r\nupgrade: websocket\r\n\r\n'),
    expect: 'protocol',
    says: /switched protocols/,
  },
  { name: 'says 101 and no more', server: does.says('HTTP/1.1 101 Switching\r\n\r\n'), expect: 'protocol' },
  {
    name: 'redirects',
    server: does.says('HTTP/1.1 302 Found\r\nlocation: http://169.254.169.254/\r\ncontent-length: 0\r\n\r\n'),
    expect: 302,
    truncated: false,
  },
  {
    name: 'redirects to nonsense',
    server: does.says('HTTP/1.1 307 Go\r\nlocation: ht!tp:\\\\\r\ncontent-length: 0\r\n\r\n'),
    expect: 307,
  },
  {
    name: 'asks for a login',
    server: does.says('HTTP/1.1 401 No\r\nwww-authenticate: Basic\r\ncontent-length: 0\r\n\r\n'),
    expect: 401,
  },
  {
    name: 'answers before it has the body',
    server: {
      onConnection: (socket) =>
        socket.once('data', () => socket.write('HTTP/1.1 413 Big\r\ncontent-length: 0\r\nconnection: close\r\n\r\n')),
    },
    expect: 413,
  },

  // Encodings
  {
    name: 'sends a compressed bomb',
    server: does.says(
      Buffer.concat([
        Buffer.from(`${OK}content-encoding: gzip\r\ncontent-length: ${String(bomb.length)}\r\n\r\n`),
        bomb,
      ]),
    ),
    expect: 200,
    truncated: true,
  },
  {
    name: 'lies about compression',
    server: does.says(`${OK}content-encoding: gzip\r\ncontent-length: 4\r\n\r\ntext`),
    expect: 200,
    body: 'text',
    truncated: false,
  },
  {
    name: 'claims an unknown charset',
    server: does.says(`${OK}content-type: text/plain; charset=x-nonsense\r\ncontent-length: 2\r\n\r\nok`),
    expect: 200,
    body: 'ok',
  },
  {
    name: 'sends NUL, controls and invalid UTF-8',
    server: does.says(Buffer.from(`${OK}content-length: 6\r\n\r\na\0b\x1b\xff\xc3`, 'latin1')),
    expect: 200,
    body: 'a\ufffdb\x1b\ufffd\ufffd',
  },
  {
    name: 'sends an encoded surrogate',
    server: does.says(Buffer.from(`${OK}content-length: 3\r\n\r\n\xed\xa0\x80`, 'latin1')),
    expect: 200,
    body: '\ufffd\ufffd\ufffd',
  },

  // TLS
  { name: 'has a trusted certificate', server: { tls: trusted, ...sayOk }, expect: 200, body: 'ok' },
  {
    name: 'has an expired certificate',
    server: { tls: authority.issue(past) },
    expect: 'tls',
    says: /certificate of 127\.0\.0\.1:\d+ has expired/,
  },
  {
    name: 'has a certificate of tomorrow',
    server: { tls: authority.issue(future) },
    expect: 'tls',
    says: /not valid yet/,
  },
  { name: 'has a self-signed certificate', server: { tls: selfSigned() }, expect: 'tls', says: /self-signed/ },
  {
    name: 'has a certificate of an unknown authority',
    server: { tls: createTestAuthority().issue() },
    expect: 'tls',
    says: /authority that is not known/,
  },
  {
    name: 'has a certificate for another name',
    server: { tls: authority.issue({ hosts: ['example.com'] }) },
    expect: 'tls',
    says: /another host name/,
  },
  {
    name: 'has a certificate for another name than this',
    server: { tls: authority.issue({ hosts: ['127.0.0.1'] }) },
    url: (port) => `https://localhost:${String(port)}/`,
    expect: 'tls',
    says: /another host name/,
  },
  {
    name: 'stalls the TLS handshake',
    server: does.silent,
    url: https,
    expect: 'timeout',
    says: /during the TLS handshake/,
    deadline: true,
  },
  {
    name: 'drips in the TLS handshake',
    server: { onConnection: (socket) => does.drips('', '\x16\x03\x03', 30).onRequest?.(socket, 0) },
    url: https,
    expect: 'timeout',
    says: /during the TLS handshake/,
    deadline: true,
  },
  {
    name: 'resets the TLS handshake',
    server: does.resetsOnFirstByte,
    url: https,
    expect: 'tls',
    says: /handshake .* failed: the receiver closed/,
  },
  { name: 'hangs up before the TLS handshake', server: does.hangsUpOnAccept, url: https, expect: 'tls' },
  {
    name: 'answers TLS with HTTP',
    server: { onConnection: (socket) => socket.once('data', () => socket.write('HTTP/1.1 400 Bad Request\r\n\r\n')) },
    url: https,
    expect: 'tls',
    says: /handshake .* failed/,
  },
  {
    name: 'speaks TLS to HTTP',
    server: { tls: trusted },
    url: (port) => `http://127.0.0.1:${String(port)}/`,
    expect: 'reset',
  },
  { name: 'resets after the TLS handshake', server: { tls: trusted, ...does.resetsOnRequest }, expect: 'reset' },
  {
    name: 'is silent after the TLS handshake',
    server: { tls: trusted },
    expect: 'timeout',
    says: /before the receiver had answered/,
    deadline: true,
  },
  {
    name: 'sends a TLS body without end',
    server: { tls: trusted, ...does.floods(`${OK}\r\n`, 'body') },
    expect: 200,
    truncated: true,
  },
]

/** What was said of each by the first transport; the others have to say the same. */
const sentences = new Map<string, string>()

describe.each(TRANSPORTS)('by %s, a receiver that', (transport) => {
  const keep = closeAfterEach()
  const sender = closeAfterAll()(loopbackSender({ transport, tls: { ca: [authority.cert] } }))

  test.each(rows)('$name', async (row) => {
    const server = keep(await startRawServer(row.server))
    const url = row.url?.(server.port) ?? `${server.url}/hook?q=1`
    const outcome = await sender.send(requestTo(url, { timeoutMs: row.deadline ? 300 : 20_000 }))

    expect(gist(outcome)).toBe(row.expect)
    if (outcome.kind === 'error') {
      expect(outcome.message).toMatch(row.says ?? /^.+\.$/u)
      expect(outcome.message).not.toMatch(/hook|q=1/u)
      const sentence = outcome.message.replaceAll(`:${String(server.port)}`, '')
      expect(sentence).toBe(sentences.get(row.name) ?? sentence)
      sentences.set(row.name, sentence)
    } else {
      expect(Buffer.byteLength(outcome.body)).toBeLessThanOrEqual(3 * 16_384)
      if (typeof row.body === 'string') expect(outcome.body).toBe(row.body)
      if (row.body instanceof RegExp) expect(outcome.body).toMatch(row.body)
      if (row.truncated !== undefined) expect(outcome.bodyTruncated).toBe(row.truncated)
    }
    expect(outcome.timings.total).toBe(outcome.durationMs)
    if (row.deadline) expect(outcome.durationMs).toBeGreaterThanOrEqual(290)
    else expect(outcome.durationMs).toBeLessThan(10_000)

    // Whatever was cut, dripped or broken off holds no connection. Only a sound answer may leave one, idle.
    const sound = outcome.kind === 'response' && !outcome.bodyTruncated
    await eventually(() => server.connections.open <= (sound ? 1 : 0), 'the connections to be closed')
    expect(server.connections.total).toBe(1)
  })

  test('refuses connections', async () => {
    const server = await startRawServer({})
    await server.close()
    const outcome = await sender.send(requestTo(server.url))
    expect(outcome).toMatchObject({
      code: 'connect',
      message: `127.0.0.1:${String(server.port)} refused the connection.`,
    })
  })

  test('answers no SYN', async () => {
    const hole = keep(await startBlackHole())
    const impatient = keep(loopbackSender({ transport, connectTimeoutMs: 200 }))
    const url = `http://127.0.0.1:${String(hole.port)}/`
    expect(await impatient.send(requestTo(url))).toMatchObject({
      code: 'timeout',
      message: `127.0.0.1:${String(hole.port)} did not accept a connection within 0.2 s.`,
    })
    expect(await sender.send(requestTo(url, { timeoutMs: 200 }))).toMatchObject({
      code: 'timeout',
      message: 'The deadline of 0.2 s passed while connecting.',
    })
  })
})
