import { createTestAuthority, selfSigned } from '@redrive/testkit/certificates'
import * as does from '@redrive/testkit/misbehaviours'
import { OK, type Row } from './row.ts'

/** Whom senders of these tests trust. */
export const authority = createTestAuthority()
const trusted = authority.issue()
const DAY = 86_400_000
const past = { notBefore: new Date(Date.now() - 2 * DAY), notAfter: new Date(Date.now() - DAY) }
const future = { notBefore: new Date(Date.now() + DAY), notAfter: new Date(Date.now() + 2 * DAY) }
const https = (port: number): string => `https://127.0.0.1:${String(port)}/`
const sayOk = does.says(`${OK}content-length: 2\r\n\r\nok`)

/** Certificates and handshakes that nobody should trust. */
export const TLS: readonly Row[] = [
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
