import type { AttemptErrorCode } from '@redrive/core'
import { EgressProxyError } from './egress-proxy.ts'
import { DeadlineError } from './exchange.ts'
import type { Phase } from './exchange.ts'

export interface AttemptError {
  code: Exclude<AttemptErrorCode, 'http_status'>
  message: string
}

/** What the error happened to, for its sentence. */
interface ErrorContext {
  /** host and port, as the URL names them */
  host: string
  phase: Phase
  timeoutMs: number
  connectTimeoutMs: number
}

const WHILE: Record<Phase, string> = {
  queue: 'while it waited for a free connection',
  tunnel: 'while it waited for a connection through the egress proxy',
  dns: 'while the host name was looked up',
  connect: 'while connecting',
  tls: 'during the TLS handshake',
  send: 'while the request was being sent',
  answer: 'before the receiver had answered',
}

const CERTIFICATE: Record<string, string> = {
  CERT_HAS_EXPIRED: 'has expired',
  CERT_NOT_YET_VALID: 'is not valid yet',
  CERT_REVOKED: 'has been revoked',
  DEPTH_ZERO_SELF_SIGNED_CERT: 'is self-signed',
  SELF_SIGNED_CERT_IN_CHAIN: 'comes from an authority that is not trusted',
  UNABLE_TO_VERIFY_LEAF_SIGNATURE: 'comes from an authority that is not known (the chain may be incomplete)',
  UNABLE_TO_GET_ISSUER_CERT: 'comes from an authority that is not known (the chain may be incomplete)',
  UNABLE_TO_GET_ISSUER_CERT_LOCALLY: 'comes from an authority that is not known (the chain may be incomplete)',
  ERR_TLS_CERT_ALTNAME_INVALID: 'is for another host name',
}

/** Out of sockets, ports or memory: the trouble is ours, so it must not count against the receiver. */
const OUR_SHORTAGES = new Set(['EMFILE', 'ENFILE', 'ENOBUFS', 'ENOMEM', 'EADDRNOTAVAIL'])
const CLOSED = new Set(['ECONNRESET', 'EPIPE', 'ECONNABORTED', 'ERR_STREAM_PREMATURE_CLOSE'])
const UNREACHABLE = new Set(['ECONNREFUSED', 'EHOSTUNREACH', 'ENETUNREACH', 'EHOSTDOWN', 'ENETDOWN', 'EACCES', 'EPERM'])

/** Puts an error of a transport or of Node in the domain's words. Nothing of the request but its host appears in the sentence. */
export function classify(given: Error, context: ErrorContext): AttemptError {
  const { host, phase } = context
  // got wraps what its agents and their sockets fail with. Of most the code is enough, which it copies.
  const error = saysMore(given.cause) ? given.cause : given
  const code = codeOf(error)

  if (error.name === 'AbortError')
    return { code: 'interrupted', message: 'The request was cut off by our own shutdown.' }
  if (code === 'ERR_BLOCKED_ADDRESS') return { code: 'blocked_address', message: error.message }
  if (OUR_SHORTAGES.has(code))
    return { code: 'interrupted', message: `This worker ran out of network resources (${code}).` }
  if (error instanceof EgressProxyError) return { code: error.verdict, message: error.message }
  if (code === 'ERR_RECEIVER_PROTOCOL') return { code: 'protocol', message: error.message }
  if (code === 'ETIMEDOUT') return timeout(error, context)
  if (code.startsWith('HPE_')) return { code: 'protocol', message: malformed(code, error) }
  if (code === 'ERR_LOOKUP') return { code: 'dns', message: unresolved(error.message, host) }
  if (UNREACHABLE.has(code)) return { code: 'connect', message: unreachable(code, host) }

  const certificate = CERTIFICATE[code] ?? (/^CERT_|_CERT(?:_|$)/u.test(code) ? `was refused (${code})` : undefined)
  if (certificate !== undefined) return { code: 'tls', message: `The TLS certificate of ${host} ${certificate}.` }
  if (phase === 'tls' || code === 'EPROTO' || /^ERR_(?:SSL|TLS)_/u.test(code)) {
    const detail = CLOSED.has(code) ? 'the receiver closed the connection' : code
    return { code: 'tls', message: `The TLS handshake with ${host} failed: ${detail}.` }
  }
  if (CLOSED.has(code)) return { code: 'reset', message: `${host} closed the connection ${WHILE[phase]}.` }
  return { code: 'internal', message: `The request could not be sent (${code === '' ? error.name : code}).` }
}

function saysMore(cause: unknown): cause is DeadlineError | EgressProxyError {
  return cause instanceof DeadlineError || cause instanceof EgressProxyError
}

function timeout(error: Error, { host, phase, timeoutMs, connectTimeoutMs }: ErrorContext): AttemptError {
  if (phase === 'queue') {
    return { code: 'interrupted', message: `No connection to ${host} came free within ${seconds(timeoutMs)}.` }
  }
  if (!(error instanceof DeadlineError)) {
    // Not our limit but the operating system's, on connecting.
    return { code: 'timeout', message: `${host} did not accept a connection in time.` }
  }
  if (error.limit === 'connect') {
    return { code: 'timeout', message: `${host} did not accept a connection within ${seconds(connectTimeoutMs)}.` }
  }
  return { code: 'timeout', message: `The deadline of ${seconds(timeoutMs)} passed ${WHILE[phase]}.` }
}

function malformed(code: string, error: Error): string {
  switch (code) {
    case 'HPE_HEADER_OVERFLOW':
      return 'The headers of the answer are larger than 16 KiB.'
    case 'HPE_UNEXPECTED_CONTENT_LENGTH':
    case 'HPE_INVALID_CONTENT_LENGTH':
    case 'HPE_INVALID_TRANSFER_ENCODING':
      return 'The answer contradicts itself about the length of its body.'
    default:
      return `The answer is not valid HTTP (${error.message.replace(/^Parse Error: /u, '')}).`
  }
}

/** `reason` is the resolver's code. */
function unresolved(reason: string, host: string): string {
  const absent = reason === 'ENOTFOUND' || reason === 'ENODATA' || reason === 'EAI_NODATA' || reason === 'EAI_NONAME'
  return absent ? `The name of ${host} does not exist.` : `The name of ${host} could not be looked up (${reason}).`
}

function unreachable(code: string, host: string): string {
  return code === 'ECONNREFUSED' ? `${host} refused the connection.` : `${host} can not be reached (${code}).`
}

function codeOf(error: Error): string {
  const code = 'code' in error && typeof error.code === 'string' ? error.code : ''
  // A write that meets a failed handshake hides OpenSSL's reason in its text; a handshake alone has it as a code.
  const reason = code === 'EPROTO' ? /:SSL routines:[^:]*:([^:]+):/u.exec(error.message)?.[1] : undefined
  return reason === undefined ? code : `ERR_SSL_${reason.toUpperCase().replaceAll(' ', '_')}`
}

function seconds(ms: number): string {
  return `${String(Math.round(ms / 100) / 10)} s`
}
