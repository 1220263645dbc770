import http from 'node:http'
import https from 'node:https'
import { isIPv6 } from 'node:net'
import type { Socket } from 'node:net'
import type { AttemptErrorCode } from '@redrive/core'

type Verdict = Exclude<AttemptErrorCode, 'http_status'>

/** Opens a connection to an address through the operator's egress proxy. */
export type Tunnel = (address: string, port: number) => Promise<Socket>

/** The egress proxy is away, or would not connect. Carries the outcome, because only here is known whose fault it is. */
export class EgressProxyError extends Error {
  override readonly name = 'EgressProxyError'
  readonly code = 'ERR_EGRESS_PROXY'
  readonly verdict: Verdict

  constructor(verdict: Verdict, message: string) {
    super(message)
    this.verdict = verdict
  }
}

/**
 * Tunnels by CONNECT, for http and https targets alike. The proxy is asked for the address that was resolved and
 * checked here, never for a name, so that the address policy holds behind a proxy too; a proxy that decides by name
 * does not fit. Throws a TypeError if the URL is not one of a proxy; its credentials are never repeated.
 */
export function createTunnel(proxyUrl: string, timeoutMs: number): Tunnel {
  const proxy = URL.parse(proxyUrl)
  if (proxy === null || !['http:', 'https:'].includes(proxy.protocol)) {
    throw new TypeError('The egress proxy must be a URL such as http://proxy.example.com:3128')
  }
  const credentials = `${decodeURIComponent(proxy.username)}:${decodeURIComponent(proxy.password)}`
  const authorization = credentials === ':' ? undefined : `Basic ${Buffer.from(credentials).toString('base64')}`
  const transport = proxy.protocol === 'https:' ? https : http

  return (address, port) =>
    new Promise((resolve, reject) => {
      const authority = `${isIPv6(address) ? `[${address}]` : address}:${String(port)}`
      const request = transport.request({
        host: proxy.hostname.replace(/^\[|\]$/gu, ''),
        port: proxy.port === '' ? undefined : Number(proxy.port),
        method: 'CONNECT',
        path: authority,
        headers: { host: authority, ...(authorization !== undefined && { 'proxy-authorization': authorization }) },
        agent: false,
      })
      const deadline = setTimeout(() => {
        request.destroy(new EgressProxyError('timeout', `The egress proxy did not connect to ${authority} in time.`))
      }, timeoutMs)
      request.once('connect', (response, socket) => {
        clearTimeout(deadline)
        if (response.statusCode === 200) resolve(socket)
        else {
          socket.destroy()
          reject(refusal(response.statusCode ?? 0, authority))
        }
      })
      request.once('error', (error) => {
        clearTimeout(deadline)
        const away = new EgressProxyError('interrupted', 'The egress proxy could not be reached.')
        reject(error instanceof EgressProxyError ? error : away)
      })
      request.end()
    })
}

function refusal(status: number, authority: string): EgressProxyError {
  if (status === 403) return new EgressProxyError('blocked_address', `The egress proxy refuses ${authority} (403).`)
  if (status >= 502)
    return new EgressProxyError('connect', `The egress proxy could not connect to ${authority} (${String(status)}).`)
  return new EgressProxyError('interrupted', `The egress proxy answered with ${String(status)}.`)
}
