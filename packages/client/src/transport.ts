import { setTimeout as sleep } from 'node:timers/promises'
import { RedriveError, RedriveUnreachable } from './errors.ts'

export interface TransportOptions {
  /** for example `https://redrive.example.com` */
  baseUrl: string
  /** `rdk_...`, the operator's key, or a JWT */
  key: string
  /** the tenant that the operator acts for */
  tenantId?: string
  /** how often a call is tried again; default 4 */
  maxRetries?: number
  /** of each try; default 30,000 */
  timeoutMs?: number
  fetch?: typeof fetch
}

export interface Call {
  method: 'GET' | 'POST' | 'PATCH' | 'DELETE'
  path: string
  query?: object | undefined
  body?: object | undefined
  headers?: Record<string, string>
  /** whether the call may be repeated although the first one may have been carried out; default: all but POST */
  repeatable?: boolean
}

/** Sends a call and answers its body, parsed; undefined if it has none. @throws RedriveError, RedriveUnreachable */
export type Transport = (call: Call) => Promise<unknown>

const FIRST_DELAY_MS = 250
const LONGEST_DELAY_MS = 20_000
/** With this, nothing was done. */
const REFUSED = 429
/** With these, it may have been; with a 503 if a commit's answer was lost, or nobody sent a test in time. */
const UNCERTAIN = new Set([500, 502, 503, 504])

export function createTransport(options: TransportOptions): Transport {
  const { maxRetries = 4, timeoutMs = 30_000, fetch: send = fetch } = options
  const base = options.baseUrl.replace(/\/+$/, '')

  async function attempt(call: Call): Promise<Response> {
    const url = base + call.path + queryText(call.query)
    try {
      return await send(url, {
        method: call.method,
        headers: {
          authorization: `Bearer ${options.key}`,
          accept: 'application/json',
          ...(options.tenantId === undefined ? {} : { 'redrive-tenant': options.tenantId }),
          ...(call.body === undefined ? {} : { 'content-type': 'application/json' }),
          ...call.headers,
        },
        ...(call.body === undefined ? {} : { body: JSON.stringify(call.body) }),
        redirect: 'error',
        signal: AbortSignal.timeout(timeoutMs),
      })
    } catch (cause) {
      throw new RedriveUnreachable(base, cause)
    }
  }

  return async (call) => {
    const repeatable = call.repeatable ?? call.method !== 'POST'
    for (let retry = 0; ; retry += 1) {
      try {
        const response = await attempt(call)
        const again = response.status === REFUSED || (repeatable && UNCERTAIN.has(response.status))
        if (!again || retry >= maxRetries) return await read(base, response)
        await response.body?.cancel().catch(() => undefined) // it rejects if the body has broken off
        await sleep(Math.max(backoffMs(retry), retryAfterMs(response)))
      } catch (error) {
        if (!(error instanceof RedriveUnreachable) || !repeatable || retry >= maxRetries) throw error
        await sleep(backoffMs(retry))
      }
    }
  }
}

/** What breaks off, takes too long, or says that all is well and is not JSON (a proxy's page) is no answer. */
async function read(base: string, response: Response): Promise<unknown> {
  try {
    const text = await response.text()
    if (!response.ok) throw new RedriveError(response.status, problemIn(text))
    return text === '' ? undefined : (JSON.parse(text) as unknown)
  } catch (error) {
    throw error instanceof RedriveError ? error : new RedriveUnreachable(base, error)
  }
}

function problemIn(text: string): object {
  try {
    const parsed: unknown = JSON.parse(text)
    return typeof parsed === 'object' && parsed !== null ? parsed : {}
  } catch {
    return {}
  }
}

/** Doubling, and spread so that many clients do not come back at the same moment. */
function backoffMs(retry: number): number {
  return Math.min(FIRST_DELAY_MS * 2 ** retry, LONGEST_DELAY_MS) * (0.5 + Math.random() / 2)
}

/** Seconds, or a date; nonsense is no wait. */
function retryAfterMs(response: Response): number {
  const header = response.headers.get('retry-after')
  if (header === null) return 0
  const ms = /^\d+$/.test(header) ? Number(header) * 1000 : Date.parse(header) - Date.now()
  return Number.isFinite(ms) ? Math.min(Math.max(ms, 0), 24 * 3_600_000) : 0
}

function queryText(query: object = {}): string {
  const given = Object.entries(query).filter(([, value]) => value !== undefined)
  return given.length === 0 ? '' : `?${new URLSearchParams(Object.fromEntries(given)).toString()}`
}
