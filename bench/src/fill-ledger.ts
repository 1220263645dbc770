import type { PrivatePostgres } from '@redrive/testkit/private-postgres'

/** What few deliveries have: one of a hundred thousand. */
export const RARE = { eventType: 'bench.rare', httpStatus: 418, errorCode: 'tls' } as const

interface Filling {
  tenantId: string
  endpoints: readonly string[]
  /** nine deliveries, each with its event, to ten attempts: one of nine waits for its third, one of twenty has failed */
  attempts: number
}

/** Rows at a time: what is written to a file and copied from it. */
const CHUNK = 1_000_000

/**
 * A day's past, by COPY. Payloads and bodies are short (about 100 bytes), so that it is rows that are many, not bytes;
 * ids and states are as the ledger makes them, and waiting retries are due from an hour on.
 */
export async function fillLedger(
  database: PrivatePostgres,
  { tenantId, endpoints, attempts }: Filling,
  progress: (part: string) => void,
): Promise<void> {
  const deliveries = Math.floor((attempts * 9) / 10)
  await database.query(BASE, [])
  await database.query(
    'CREATE TABLE bench_endpoints AS SELECT id, (n - 1)::int AS n FROM unnest($1::uuid[]) WITH ORDINALITY AS e (id, n)',
    [endpoints],
  )
  const [folder] = await database.query<{ data_directory: string }>('SHOW data_directory')
  const file = `${folder?.data_directory ?? ''}/bench.copy`
  for (let from = 0; from < deliveries; from += CHUNK) {
    const to = Math.min(deliveries, from + CHUNK)
    const rows = `bench_rows(${String(from + 1)}, ${String(to)}, ${String(deliveries)}, '${tenantId}')`
    for (const [table, { columns, select }] of Object.entries(TABLES)) {
      progress(`${table}, ${((from / deliveries) * 100).toFixed(0)} %`)
      await database.query(`COPY (SELECT ${select.replace('ROWS', rows)}) TO '${file}'`)
      await database.query(`COPY ${table} (${columns}) FROM '${file}'`)
    }
  }
  await database.query(`COPY (SELECT 1 WHERE false) TO '${file}'`)
  progress('statistics')
  for (const table of Object.keys(TABLES)) await database.query(`VACUUM (ANALYZE) ${table}`)
  await database.query('CHECKPOINT')
}

/** One row for each delivery: where in the day it lies, and what became of it. */
const BASE = `
CREATE FUNCTION bench_rows(first bigint, last bigint, total bigint, tenant uuid)
RETURNS TABLE (n bigint, at timestamptz, hi text, tenant_id uuid, endpoint bigint, is_rare boolean, status text)
LANGUAGE sql STABLE AS $$
  SELECT n, at,
    lpad(to_hex((extract(epoch FROM at) * 1000)::bigint), 12, '0') || '7' || substr(md5(n::text), 1, 3),
    tenant, n % 100, n % 100000 = 7,
    CASE WHEN n % 9 = 0 THEN 'retrying' WHEN n / 100 % 20 = 1 THEN 'failed' ELSE 'succeeded' END
  FROM (
    SELECT n, date_trunc('milliseconds', day + (now() - day) * (n::float8 / total)) AS at
    FROM generate_series(first, last) AS n, (SELECT date_trunc('day', now(), 'UTC') AS day) today
  ) numbered
$$`

const ID = (letter: string): string => `(hi || '8' || substr(md5('${letter}' || r.n), 1, 15))::uuid`

const TABLES = {
  events: {
    columns: 'id, tenant_id, type, payload, status, created_at, dispatched_at',
    select: `${ID('e')}, tenant_id, CASE WHEN is_rare THEN '${RARE.eventType}' ELSE 'bench.past' END,
      '{"n":' || r.n || ',"text":"' || repeat('x', 80) || '"}', 'dispatched', at, at FROM ROWS r`,
  },
  deliveries: {
    columns: `id, tenant_id, event_id, endpoint_id, event_type, status, attempt_count, policy_attempts, fence, number,
      next_attempt_at, look_at, failure_code, failure_message, last_started_at, last_duration_ms, last_status,
      last_error_code, created_at, updated_at, completed_at`,
    select: `${ID('d')}, tenant_id, ${ID('e')}, e.id, CASE WHEN is_rare THEN '${RARE.eventType}' ELSE 'bench.past' END,
      status, CASE status WHEN 'retrying' THEN 2 ELSE 1 END, CASE status WHEN 'retrying' THEN 2 ELSE 1 END, 1, r.n,
      due, due, CASE status WHEN 'failed' THEN 'http_status' END, CASE status WHEN 'failed' THEN 'Answered 500' END,
      at, 12, CASE WHEN is_rare THEN ${String(RARE.httpStatus)} WHEN status = 'succeeded' THEN 200 ELSE 500 END,
      CASE WHEN is_rare THEN '${RARE.errorCode}' END, at, at, CASE WHEN status <> 'retrying' THEN at END
    FROM ROWS r JOIN bench_endpoints e ON e.n = r.endpoint,
    LATERAL (SELECT CASE status WHEN 'retrying' THEN date_trunc('milliseconds', now() + interval '1 hour' + (r.n % 86400) * interval '1 s') END AS due) d
    ORDER BY r.n`,
  },
  attempts: {
    columns: `id, delivery_id, tenant_id, endpoint_id, number, trigger, started_at, duration_ms, timings, request,
      response_status, response_headers, response_body, outcome, decision`,
    select: `(hi || '8' || substr(md5('a' || number || '-' || r.n), 1, 15))::uuid, ${ID('d')}, tenant_id, e.id, number,
      'automatic', at, 12, '{"dns": null, "connect": null, "tls": null, "firstByte": 11, "total": 12}',
      '{"url": "http://127.0.0.1/", "headers": {}}', CASE WHEN status = 'succeeded' THEN 200 ELSE 500 END,
      '{"content-length": "2"}', 'ok', CASE WHEN status = 'succeeded' THEN 'succeeded' ELSE 'failed' END,
      CASE status WHEN 'succeeded' THEN 'succeeded' WHEN 'failed' THEN 'give_up' ELSE 'retry' END
    FROM ROWS r JOIN bench_endpoints e ON e.n = r.endpoint,
    generate_series(1, CASE status WHEN 'retrying' THEN 2 ELSE 1 END) number ORDER BY r.n, number`,
  },
} as const
