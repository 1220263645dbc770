import { gzipSync } from 'node:zlib'
import * as does from '@redrive/testkit/misbehaviours'
import { OK, type Row } from './row.ts'

const bomb = gzipSync(Buffer.alloc(50_000_000))

/** Bodies of another length than was said. */
export const LENGTHS: readonly Row[] = [
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
]

/** Statuses and headers that are none. */
export const SYNTAX: readonly Row[] = [
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
]

/** Bodies that are compressed, or say so. */
export const ENCODINGS: readonly Row[] = [
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
]
