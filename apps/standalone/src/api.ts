/** The native HTTP API, as the demo uses it: what any caller could do. */
export interface Api {
  /** Sends a request and answers status and parsed body; rejects only if there is no answer. */
  call(method: string, path: string, key: string, options?: CallOptions): Promise<ApiAnswer>
}

interface CallOptions {
  body?: object
  /** in whose name the operator acts */
  tenantId?: string
}

export interface ApiAnswer {
  status: number
  body: unknown
}

const TIMEOUT_MS = 15_000

export function createApi(baseUrl: string): Api {
  return {
    call: async (method, path, key, { body, tenantId } = {}) => {
      const response = await fetch(baseUrl + path, {
        method,
        headers: {
          authorization: `Bearer ${key}`,
          ...(body === undefined ? {} : { 'content-type': 'application/json' }),
          ...(tenantId === undefined ? {} : { 'redrive-tenant': tenantId }),
        },
        ...(body === undefined ? {} : { body: JSON.stringify(body) }),
        signal: AbortSignal.timeout(TIMEOUT_MS),
      })
      const text = await response.text()
      return { status: response.status, body: text === '' ? null : (JSON.parse(text) as unknown) }
    },
  }
}
