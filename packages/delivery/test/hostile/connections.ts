import * as does from '@redrive/testkit/misbehaviours'
import { OK, type Row } from './row.ts'

/** Connections that end when they should not, or never begin to answer. */
export const CONNECTIONS: readonly Row[] = [
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
]

/** Answers that come too slowly, or without end. */
export const FLOODS: readonly Row[] = [
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
]
