import type { FieldProblem } from '@redrive/contracts'
import {
  type Endpoint,
  type EndpointSettings,
  type EndpointStatus,
  generateSecret,
  type HeaderChange,
} from '@redrive/core'
import type { AddressPolicy } from '@redrive/delivery'
import type { EndpointChange, RotateAnswer, Store } from '@redrive/store'

interface EndpointInput extends Omit<EndpointSettings, 'timeoutSeconds'> {
  /** the installation's default if absent */
  timeoutSeconds?: number
  status: EndpointStatus
  /** made here if absent */
  secret?: string
}

/** Writes to endpoints, with what no schema can know: which addresses may be sent to. */
export interface EndpointService {
  create(
    tenantId: string,
    input: EndpointInput,
  ): Promise<{ endpoint: Endpoint; secret: string } | { errors: FieldProblem[] }>
  /** null: there is no such endpoint */
  update(
    tenantId: string,
    id: string,
    change: EndpointChange,
  ): Promise<{ endpoint: Endpoint } | { errors: FieldProblem[] } | null>
  /** The new secret is made here if none is given. null: there is no such endpoint */
  rotateSecret(
    tenantId: string,
    id: string,
    options: { secret?: string; graceSeconds: number },
  ): Promise<{ answer: RotateAnswer; secret: string } | null>
}

export function createEndpointService(deps: {
  store: Pick<Store, 'endpoints'>
  addressPolicy: AddressPolicy
  defaultTimeoutSeconds: number
}): EndpointService {
  const { store, addressPolicy, defaultTimeoutSeconds } = deps

  function refusals(urls: Partial<Pick<EndpointSettings, 'url' | 'callbackUrl'>>): FieldProblem[] {
    return (['url', 'callbackUrl'] as const).flatMap((field) => {
      const url = urls[field]
      const detail = url === undefined || url === null ? null : addressPolicy.refuseUrl(url)
      return detail === null ? [] : [{ pointer: `/${field}`, detail }]
    })
  }

  /** Headers whose value is to be kept, of which there is none. */
  async function unkept(tenantId: string, id: string, headers: Record<string, HeaderChange>): Promise<FieldProblem[]> {
    const kept = Object.keys(headers).filter((name) => headers[name]?.value === null)
    const endpoint = kept.length === 0 ? null : await store.endpoints.get(tenantId, id)
    if (endpoint === null) return []
    return kept
      .filter((name) => endpoint.headers[name]?.sensitive !== true)
      .map((name) => ({
        pointer: `/headers/${name.replaceAll('~', '~0').replaceAll('/', '~1')}`,
        detail: `The endpoint has no sensitive header ${name} whose value could be kept`,
      }))
  }

  return {
    async create(tenantId, input) {
      const errors = refusals(input)
      if (errors.length > 0) return { errors }
      const { secret = generateSecret(), timeoutSeconds = defaultTimeoutSeconds } = input
      return { endpoint: await store.endpoints.create(tenantId, { ...input, secret, timeoutSeconds }), secret }
    },
    async update(tenantId, id, change) {
      const errors = [...refusals(change), ...(await unkept(tenantId, id, change.headers ?? {}))]
      if (errors.length > 0) return { errors }
      const endpoint = await store.endpoints.update(tenantId, id, change)
      return endpoint === null ? null : { endpoint }
    },
    async rotateSecret(tenantId, id, { secret = generateSecret(), graceSeconds }) {
      const answer = await store.endpoints.rotateSecret(tenantId, id, { secret, graceSeconds })
      return answer && { answer, secret }
    },
  }
}
