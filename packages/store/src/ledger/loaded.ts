import { RATE_MARGIN } from '@redrive/core'
import { Prisma } from '../generated/client.ts'

/** On `ep`, an endpoint. */
export const HAS_LIMITS = Prisma.sql`(ep.max_concurrency IS NOT NULL OR ep.rate_limit IS NOT NULL)`

/** On `ep` and its health `h`: trouble or order, about which only its gate decides. */
const IS_HELD_UP = Prisma.sql`coalesce(ep.ordering = 'fifo' OR h.breaker_state <> 'closed' OR h.not_before > now(), false)`

/** Whether there is a gate at `ep`, an endpoint with its health `h`. */
export const IS_GATED = Prisma.sql`(${HAS_LIMITS} OR ${IS_HELD_UP})`

/** Whether limits are all that there is at its gate. */
export const IS_LIMITED = Prisma.sql`(${HAS_LIMITS} AND NOT ${IS_HELD_UP})`

const PER_SECONDS = Prisma.sql`(rate_limit->>'perSeconds')::float8`

/** In seconds, as `rateWindowMs` has it; null: no limit. */
export const LOOK_BACK = Prisma.sql`(
  ${PER_SECONDS} + least(
    ${RATE_MARGIN.mostMs / 1000}::float8,
    greatest(${RATE_MARGIN.leastMs / 1000}::float8, ${PER_SECONDS} * ${RATE_MARGIN.share}::float8)
  )
)`

/** What is admitted again counts from then, unless it counts from later already. */
export const ADMITTED_AGAIN = Prisma.sql`
  ON CONFLICT (delivery_id, fence) DO UPDATE SET admitted_at = greatest(endpoint_tickets.admitted_at, excluded.admitted_at)`

/**
 * Whether so many more may go to an endpoint with limits, by its columns: then its gate is locked until the transaction
 * ends. It waits for others there for `patienceSeconds` at most.
 */
export function admits(endpointId: Prisma.Sql, count: Prisma.Sql, patienceSeconds: number): Prisma.Sql {
  return Prisma.sql`redrive_admits(
    ${endpointId}, ${count}, max_concurrency, (rate_limit->>'limit')::int, coalesce(${PER_SECONDS}, 0),
    coalesce(${LOOK_BACK}, 0),
    ${patienceSeconds}
  )`
}

/**
 * Beside a row of deliveries: whether it is the one of those claimed that its event, and its endpoint, come with. What
 * many of a batch have in common is read, sent and opened once.
 */
export const LEADS = Prisma.sql`
  status = 'delivering' AND row_number() OVER (PARTITION BY status, event_id) = 1 AS leads_event,
  status = 'delivering' AND row_number() OVER (PARTITION BY status, endpoint_id) = 1 AS leads_endpoint`

/** The columns of a `LoadedRow`. `c`: the claimed delivery, with `LEADS`; the rest as `loads` names it. */
export const LOADED = Prisma.sql`
  c.fence, c.number, c.tenant_id AS "tenantId", c.round, c.attempt_count AS "attemptCount",
  c.policy_attempts AS "policyAttempts", c.mode, c.trigger, c.faults, c.created_at AS "createdAt",
  c.event_id AS "eventId", c.leads_event AS "leadsEvent", c.leads_endpoint AS "leadsEndpoint",
  e.type AS "eventType", e.payload, e.channel, e.subject_type AS "subjectType", e.subject_id AS "subjectId",
  e.metadata AS "eventMetadata", e.idempotency_key AS "idempotencyKey", e.source_event_id AS "sourceEventId",
  e.source_number AS "sourceNumber", e.endpoint_id AS "eventEndpointId",
  e.created_at AS "eventCreatedAt", e.trace, e.deliver_at AS "deliverAt", e.expires_at AS "expiresAt",
  ep.number AS "endpointNumber", ep.url, ep.description, ep.metadata, ep.event_types AS "eventTypes", ep.channels,
  ep.filter, ep.status AS "endpointStatus", ep.signature, ep.body_format AS "bodyFormat", ep.headers,
  ep.retry_policy AS "retryPolicy", ep.timeout_seconds AS "timeoutSeconds", ep.rate_limit AS "rateLimit",
  ep.max_concurrency AS "maxConcurrency", ep.ordering, ep.disable_after_seconds AS "disableAfterSeconds",
  ep.callback_url AS "callbackUrl", coalesce(ep.callback_of, ep.id) AS "secretsOf",
  h.breaker_state AS "breakerState", h.failing_since AS "failingSince", h.opened_at AS "openedAt",
  h.consecutive_failures AS "consecutiveFailures", h.next_probe_at AS "nextProbeAt",
  k.sealed AS "sealedSecrets", k.expiries AS "secretExpiries"`

/** What is joined to `c` for them. The bounds are those of its events' ids. */
export function loads({ first, last }: { first: string; last: string }): Prisma.Sql {
  return Prisma.sql`
    LEFT JOIN LATERAL (
      SELECT * FROM events
      WHERE id = c.event_id AND c.leads_event AND id BETWEEN ${first}::uuid AND ${last}::uuid LIMIT 1
    ) e ON true
    LEFT JOIN LATERAL (SELECT * FROM endpoints WHERE id = c.endpoint_id AND c.leads_endpoint LIMIT 1) ep ON true
    LEFT JOIN LATERAL (SELECT * FROM endpoint_health WHERE endpoint_id = ep.id LIMIT 1) h ON true
    LEFT JOIN LATERAL (
      SELECT array_agg(es.sealed ORDER BY es.id DESC) AS sealed,
             array_agg((extract(epoch FROM es.expires_at) * 1000)::float8 ORDER BY es.id DESC) AS expiries
      FROM endpoint_secrets es
      WHERE es.endpoint_id = coalesce(ep.callback_of, ep.id) AND (es.expires_at IS NULL OR es.expires_at > now())
        AND c.leads_endpoint
    ) k ON true`
}
