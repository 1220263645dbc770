import type { DeliveryStatus, Endpoint, EndpointSettings, EndpointStatus, HeaderChange } from '@redrive/core'
import type { DueDelivery } from './ledger.ts'
import type { Page, PageRequest } from './repositories.ts'

/** One of the repositories in `Store`, where the rules for all of them stand. */
export interface Endpoints {
  create(tenantId: string, input: EndpointSettings & { secret: string; status: EndpointStatus }): Promise<Endpoint>
  get(tenantId: string, id: string): Promise<Endpoint | null>
  getByNumber(tenantId: string, number: number): Promise<Endpoint | null>
  /** Those of deliveries, by id. Deleted ones too, which are as disabled ones. */
  ofDeliveries(tenantId: string, ids: readonly string[]): Promise<Map<string, Endpoint>>
  list(tenantId: string, page: PageRequest): Promise<Page<Endpoint>>
  /** Status changes go through here too. What was parked for a pause is released by the ledger's sweep. */
  update(
    tenantId: string,
    id: string,
    change: EndpointChange & { disabledReason?: string | null },
  ): Promise<Endpoint | null>
  /**
   * A change of status that is allowed from some statuses; from the one that is asked for already it changes nothing but
   * the `reason`, if one is given.
   */
  switchStatus(
    tenantId: string,
    id: string,
    change: { to: EndpointStatus; from: readonly EndpointStatus[]; reason?: string },
  ): Promise<{ endpoint: Endpoint } | { conflict: EndpointStatus } | null>
  /** What waits for it is closed as failed with code `endpoint_deleted`. */
  delete(tenantId: string, id: string): Promise<boolean>
  /** The newest signing secret, opened. */
  secret(tenantId: string, id: string): Promise<string | null>
  /** From now on `secret` signs; the one before it goes on signing beside it until the grace ends. */
  rotateSecret(
    tenantId: string,
    id: string,
    options: { secret: string; graceSeconds: number },
  ): Promise<RotateAnswer | null>
  /** Of the deliveries that were made in the period, as they are now. */
  stats(tenantId: string, id: string, period: { since: Date; until: Date }): Promise<EndpointStats | null>
  /** An event to this endpoint alone with its delivery, which is tried once, as if asked for by hand. */
  test(
    tenantId: string,
    id: string,
    event: TestEvent,
  ): Promise<{ due: DueDelivery } | { conflict: EndpointStatus } | null>
}

/** What is left out stays as it is. */
export type EndpointChange = Partial<Omit<EndpointSettings, 'headers'>> & {
  headers?: Record<string, HeaderChange>
  status?: EndpointStatus
}

export type RotateAnswer =
  | { kind: 'rotated'; previousExpiresAt: Date }
  /** as many secrets as may be sign already */
  | { kind: 'too_many' }
  /** it signs already */
  | { kind: 'in_use' }

export interface EndpointStats {
  deliveries: Partial<Record<DeliveryStatus, number>>
  attempts: number
  /** of the deliveries that have ended in success or failure; null if none has */
  successRate: number | null
  /** of each delivery's last attempt, where there was an answer; null where there was none at all */
  latencyMs: { p50: number | null; p95: number | null; p99: number | null }
}

export interface TestEvent {
  id: string
  type: string
  /** JSON text */
  payload: string
  createdAt: Date
}
