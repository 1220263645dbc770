import type { Clock, RetryPolicy } from '@redrive/core'
import type { Store } from '@redrive/store'
import type { Route } from '../http/route.ts'
import type { DeliveryService } from '../services/deliveries.ts'
import type { EndpointTestService } from '../services/endpoint-test.ts'
import type { EndpointService } from '../services/endpoints.ts'
import type { PublishService } from '../services/publish.ts'
import type { ReplayService } from '../services/replay.ts'
import { apiKeyRoutes } from './api-keys.ts'
import { bulkRetryRoutes } from './bulk-retries.ts'
import { deliveryRoutes } from './deliveries.ts'
import { endpointLifeRoutes } from './endpoint-life.ts'
import { endpointRoutes } from './endpoints.ts'
import { eventBatchRoute } from './event-batch.ts'
import { eventRoutes } from './events.ts'
import { replayRoutes } from './replay.ts'
import { tenantRoutes } from './tenants.ts'

export interface NativeDeps {
  store: Store
  publisher: PublishService
  endpoints: EndpointService
  endpointTests: EndpointTestService
  deliveries: DeliveryService
  replay: ReplayService
  payloadMaxBytes: number
  defaultRetryPolicy: RetryPolicy
  clock: Clock
}

/** Every route of the native API. */
export function nativeRoutes(deps: NativeDeps): Route[] {
  return [
    // first, as the router tries them in turn: nearly all calls publish
    eventBatchRoute(deps),
    ...eventRoutes(deps),
    ...tenantRoutes(deps),
    ...apiKeyRoutes(deps),
    ...endpointRoutes(deps),
    ...endpointLifeRoutes(deps),
    ...deliveryRoutes(deps),
    ...replayRoutes(deps),
    ...bulkRetryRoutes(deps),
  ]
}
