import { firstIdAt, roomAt } from '@redrive/core'
import type { Db } from '../db.ts'
import { dropSpentTickets, withGates } from './gates.ts'
import type { Applicant, LockedGate } from './gates.ts'
import { ADMITTED_AGAIN } from './loaded.ts'
import { idBounds, retryDeadlock } from './statement.ts'

/**
 * Lets deliveries past the gates of their endpoints as far as there is room, and parks the others, in their order: they
 * come back by `letIn`. Answers the ids of those that may be claimed. Only for endpoints that set a limit or are in trouble.
 */
export async function admit(db: Db, applicants: readonly Applicant[]): Promise<Set<string>> {
  const ids = applicants.map((applicant) => applicant.id)
  const { first, last } = idBounds(ids)
  const byEndpoint = Map.groupBy(applicants, (applicant) => applicant.endpointId)
  return retryDeadlock(() =>
    withGates(db, [...byEndpoint.keys()], applicants, async (tx, gates) => {
      const admitted = new Set(
        gates.flatMap((gate) => choose(gate, byEndpoint.get(gate.endpointId) ?? []).map((applicant) => applicant.id)),
      )
      const probed = gates.filter(
        (gate) => gate.breakerOpen && byEndpoint.get(gate.endpointId)?.some((applicant) => admitted.has(applicant.id)),
      )
      const sorted = [...applicants].sort((a, b) => (a.id < b.id ? -1 : 1))
      await tx.$executeRaw`
        WITH applicant AS (
          SELECT * FROM unnest(
            ${sorted.map((one) => one.id)}::uuid[], ${sorted.map((one) => one.seenFence)}::int[],
            ${sorted.map((one) => one.endpointId)}::uuid[], ${sorted.map((one) => admitted.has(one.id))}::boolean[]
          ) AS a(id, fence, endpoint_id, admitted)
        ), ticketed AS (
          INSERT INTO endpoint_tickets (delivery_id, fence, endpoint_id, admitted_at)
          SELECT id, fence, endpoint_id, clock_timestamp() FROM applicant WHERE admitted
          ${ADMITTED_AGAIN}
        ), probing AS (
          UPDATE endpoint_health SET breaker_state = 'half_open', updated_at = now()
          WHERE endpoint_id = ANY (${probed.map((gate) => gate.endpointId)}::uuid[]) AND breaker_state = 'open'
        )
        UPDATE deliveries d SET look_at = NULL, fence = d.fence + 1, updated_at = now()
        FROM applicant a
        WHERE NOT a.admitted AND d.id = a.id AND d.fence = a.fence AND d.status IN ('pending', 'retrying')
          AND d.id = ANY (ARRAY(SELECT id FROM applicant)) AND d.id BETWEEN ${first}::uuid AND ${last}::uuid`
      await dropSpentTickets(tx, gates)
      return admitted
    }),
  )
}

/**
 * Oldest first, and none before one that waits here already; the backlog of an outage not before what is fresh. A probe of
 * an open breaker goes by no order.
 */
function choose(gate: LockedGate, applicants: readonly Applicant[]): readonly Applicant[] {
  const { count } = roomAt(gate)
  const inOrder = [...applicants].sort((a, b) => (a.id < b.id ? -1 : 1))
  if (gate.breakerOpen || (gate.notBefore !== null && gate.notBefore > gate.now)) {
    // a person who asks for one retry gets past a closed gate, as its probe
    const manual = inOrder.filter((applicant) => applicant.seenTrigger === 'manual')
    return gate.held === 0 && manual.length > 0 ? withinLimits(gate, manual) : inOrder.slice(0, count)
  }
  const { firstWaiting, recoveredAt, ordering } = gate
  const freshFrom = recoveredAt === null || ordering === 'fifo' ? '' : firstIdAt(recoveredAt.getTime())
  return inOrder.filter(({ id }) => firstWaiting === null || (id >= freshFrom && id < firstWaiting)).slice(0, count)
}

function withinLimits(gate: LockedGate, manual: readonly Applicant[]): readonly Applicant[] {
  const { count } = roomAt({ ...gate, breakerOpen: false, notBefore: null })
  return manual.slice(0, Math.min(1, count))
}
