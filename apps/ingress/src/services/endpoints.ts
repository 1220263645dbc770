import type { FieldProblem } from '@redrive/contracts'
import { type Endpoint, type EndpointSettings, type EndpointStatus, generateSecret } from '@redrive/core'
import type { AddressPolicy } from '@redrive/delivery'
import type { Store } from '@redrive/store'

interface EndpointInput extends Omit<EndpointSettings, 'timeoutSeconds'> {
  /** the installation's default if absent */
  timeoutSeconds?: number
  status: EndpointStatus
  /** made here if absent */
  secret?: string
}

/** What is left out stays as it is. */
type EndpointChange = Partial<EndpointSettings> & { status?: EndpointStatus }

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

  return {
    async create(tenantId, input) {
      const errors = refusals(input)
      if (errors.length > 0) return { errors }
      const { secret = generateSecret(), timeoutSeconds = defaultTimeoutSeconds } = input
      return { endpoint: await store.endpoints.create(tenantId, { ...input, secret, timeoutSeconds }), secret }
    },
    async update(tenantId, id, change) {
      const errors = refusals(change)
      if (errors.length > 0) return { errors }
      const endpoint = await store.endpoints.update(tenantId, id, change)
      return endpoint === null ? null : { endpoint }
    },
  }
}
