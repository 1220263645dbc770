import { connect } from 'node:net'
import { afterAll, beforeAll, describe, expect, test } from '@jest/globals'
import { whenClosed } from '@redrive/testkit/conditions'
import { startIngress, type TestIngress } from './harness.ts'

/** Connections that say what is no HTTP, or bends its rules: each gets its answer, and nothing breaks. */

let server: TestIngress
beforeAll(async () => {
  server = await startIngress()
})
afterAll(async () => {
  // whatever came in, it was nobody's bug
  expect(server.errors()).toEqual([])
  expect((await server.call('GET', '/livez')).status).toBe(200)
  await server.close()
})

/** Says exactly this, and answers what comes back until the other side closes. */
async function say(bytes: string): Promise<string> {
  const socket = connect(server.port, '127.0.0.1')
  const heard: Buffer[] = []
  socket.on('data', (chunk) => heard.push(chunk))
  socket.on('error', () => undefined)
  socket.write(bytes, 'latin1')
  await whenClosed(socket)
  return Buffer.concat(heard).toString('latin1')
}

describe('what is no HTTP', () => {
  const post = 'POST /v1/events HTTP/1.1\r\nhost: a\r\ncontent-type: application/json\r\n'
  test.each<[string, string, RegExp]>([
    ['a greeting of TLS', '\x16\x03\x01\x02\x00\x01\x00\x01\xfc\x03\x03', /^HTTP\/1\.1 400 /],
    ['HTTP/2 without a word', 'PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n', /^HTTP\/1\.1 400 /],
    [
      'a length and chunks',
      `${post}content-length: 4\r\ntransfer-encoding: chunked\r\n\r\n0\r\n\r\n`,
      /^HTTP\/1\.1 400 /,
    ],
    ['two lengths', `${post}content-length: 4\r\ncontent-length: 5\r\n\r\nabcde`, /^HTTP\/1\.1 400 /],
    ['a length below nothing', `${post}content-length: -1\r\n\r\n`, /^HTTP\/1\.1 400 /],
    ['a length beyond all', `${post}content-length: 99999999999999999999\r\n\r\n`, /^HTTP\/1\.1 400 /],
    ['a chunk beyond all', `${post}transfer-encoding: chunked\r\n\r\nFFFFFFFFFFFFFFFFF\r\n`, /^HTTP\/1\.1 40[01] /],
    ['chunks by another name', `${post}transfer-encoding: xchunked\r\n\r\n0\r\n\r\n`, /^HTTP\/1\.1 40[01] /],
    ['a header with a blank before its colon', 'GET /livez HTTP/1.1\r\nhost : a\r\n\r\n', /^HTTP\/1\.1 400 /],
    ['a folded header', 'GET /livez HTTP/1.1\r\nhost: a\r\n b\r\n\r\n', /^HTTP\/1\.1 400 /],
    ['no host', 'GET /livez HTTP/1.1\r\nconnection: close\r\n\r\n', /^HTTP\/1\.1 400 /],
    ['17 KiB of headers', `GET /livez HTTP/1.1\r\nhost: a\r\nx: ${'a'.repeat(17 * 1024)}\r\n\r\n`, /^HTTP\/1\.1 431 /],
    ['5,000 headers', `GET /livez HTTP/1.1\r\nhost: a\r\n${'x: \r\n'.repeat(5000)}\r\n`, /^HTTP\/1\.1 431 /],
    [
      'an absolute URL elsewhere',
      'GET http://evil.example/livez HTTP/1.1\r\nhost: a\r\nconnection: close\r\n\r\n',
      /^HTTP\/1\.1 (?:200|404) /,
    ],
    [
      'a tunnel',
      'CONNECT 169.254.169.254:80 HTTP/1.1\r\nhost: a\r\nconnection: close\r\n\r\n',
      /^(?:HTTP\/1\.1 40[0-9] .*)?$/s,
    ],
    [
      'another protocol',
      'GET /livez HTTP/1.1\r\nhost: a\r\nconnection: upgrade, close\r\nupgrade: websocket\r\n\r\n',
      /^HTTP\/1\.1 (?:200|40\d) /,
    ],
  ])('%s', async (_what, bytes, answer) => {
    expect(await say(bytes)).toMatch(answer)
  })
})

describe('the host that links are built from', () => {
  let key: string
  beforeAll(async () => {
    key = (await server.tenant()).key
  })
  const list = (first: string): Promise<string> =>
    say(
      `GET /api/v1/oms/oms_hook_events/ ${first}\r\nauthorization: Token ${key}\r\nx-forwarded-host: [\r\nconnection: close\r\n\r\n`,
    )

  test.each(['a b', '[', 'x:99999', '%zz', '', 'a/b', 'a?b', 'a#b', 'a\\b', 'a\tb', 'me@a'])(
    'is refused where it is none: %j',
    async (host) => {
      const answer = await list(`HTTP/1.1\r\nhost: ${host}`)
      expect(answer).toMatch(/^HTTP\/1\.1 400 /)
      expect(answer).toMatch(/\{"detail":"The Host header [^"]+ is not a host"\}$/)
    },
  )

  test('is refused where there is none', async () => {
    expect(await list('HTTP/1.0')).toMatch(/^HTTP\/1\.1 400 [^]*"The Host header/)
  })

  test.each(['a', 'Example.COM:8080', '127.0.0.1:80', '[::1]:443', '[::1]'])(
    'is taken where it is one: %s',
    async (host) => {
      expect(await list(`HTTP/1.1\r\nhost: ${host}`)).toMatch(/^HTTP\/1\.1 200 /)
    },
  )
})
