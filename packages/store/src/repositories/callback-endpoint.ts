import type { Prisma } from '../generated/client.ts'

/**
 * Brings the row that stands for an endpoint's callback URL in line with the endpoint, within the transaction that
 * changed it. A callback is an event of the system's own to that row, and so is delivered, retried and recorded like any
 * other; but trouble with it, a 410 included, is never the endpoint's. Whoever touches the endpoint's URL, signature or
 * status means the callback to work (again).
 */
export async function syncCallback(
  tx: Pick<Prisma.TransactionClient, '$executeRaw'>,
  endpointId: string,
): Promise<void> {
  // health before endpoints, as the ledger's record locks them
  await tx.$executeRaw`
    DELETE FROM endpoint_health h USING endpoints c WHERE c.callback_of = ${endpointId}::uuid AND h.endpoint_id = c.id`
  const there = await tx.$executeRaw`
    INSERT INTO endpoints AS c (
      id, tenant_id, url, event_types, body_format, signature, disable_after_seconds, callback_of
    )
    SELECT redrive_new_id(clock_timestamp()), tenant_id, callback_url, '{}', 'standard', signature, NULL, id
    FROM endpoints WHERE id = ${endpointId}::uuid AND callback_url IS NOT NULL AND deleted_at IS NULL
    ON CONFLICT (callback_of) DO UPDATE SET
      url = excluded.url, signature = excluded.signature, status = 'active', disabled_reason = NULL,
      disabled_at = NULL, deleted_at = NULL, updated_at = now()`
  if (there === 0) {
    await tx.$executeRaw`
      UPDATE endpoints SET deleted_at = now(), updated_at = now()
      WHERE callback_of = ${endpointId}::uuid AND deleted_at IS NULL`
  }
}
