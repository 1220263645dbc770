import type { PrivatePostgres } from '@redrive/testkit/private-postgres'

/** What few have: one of a hundred thousand. As many have not been sent yet. */
export const RARE = {
  eventType: 'rare.bench',
  typePrefix: 'rare.*',
  channel: 'rare',
  httpStatus: 418,
  errorCode: 'tls',
} as const

interface Filling {
  tenantId: string
  endpoints: readonly string[]
  /** nine deliveries, each with its event, to ten attempts: one of nine waits for its third, one of twenty has failed */
  attempts: number
}

/** Of the session that loads a table; what it makes is not needed after a crash. */
const SESSION = `SET synchronous_commit = off; SET maintenance_work_mem = '1GB'; SET work_mem = '64MB'`

/**
 * A day's past, made in the database: today's partitions are detached, filled without indexes and attached again, which
 * makes their indexes by sorting. Nothing may be published meanwhile. Payloads and bodies are short (about 100 bytes), so
 * that it is rows that are many, not bytes; ids and states are as the ledger makes them, and what waits is due from an hour on.
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
  const rows = `bench_rows(${String(deliveries)}, '${tenantId}')`
  const left = new Set<string>(Object.keys(TABLES))
  const tell = (): void => {
    progress([...left].join(', '))
  }
  tell()
  const load = async (table: string, { columns, select }: (typeof TABLES)[keyof typeof TABLES]): Promise<void> => {
    const partition = await partitionOfToday(database, table)
    const primaryKey = `${partition.name}_pkey`
    await database.query(`ALTER TABLE ${table} DETACH PARTITION ${partition.name}`)
    await database.query(`ALTER TABLE ${partition.name} DROP CONSTRAINT ${primaryKey}`)
    for (const index of await indexesOf(database, partition.name)) await database.query(`DROP INDEX ${index}`)
    await database.query(
      `${SESSION}; INSERT INTO ${partition.name} (${columns}) SELECT ${select.replace('ROWS', rows)}`,
    )
    await database.query(`${SESSION}; ALTER TABLE ${table} ATTACH PARTITION ${partition.name} ${partition.bounds}`)
    await database.query(`VACUUM (ANALYZE) ${partition.name}`)
    await database.query(`ANALYZE ${table}`)
    left.delete(table)
    tell()
  }
  await Promise.all(Object.entries(TABLES).map(([table, columns]) => load(table, columns)))
  await database.query('CHECKPOINT')
}

async function partitionOfToday(database: PrivatePostgres, table: string): Promise<{ name: string; bounds: string }> {
  const [partition] = await database.query<{ name: string; bounds: string }>(
    `SELECT c.relname AS name, pg_get_expr(c.relpartbound, c.oid) AS bounds
     FROM pg_inherits i JOIN pg_class c ON c.oid = i.inhrelid
     WHERE i.inhparent = $1::regclass AND c.relname = $1 || to_char(now() AT TIME ZONE 'UTC', '_YYYYMMDD')`,
    [table],
  )
  if (!partition) throw new Error(`${table} has no partition for today`)
  return partition
}

async function indexesOf(database: PrivatePostgres, table: string): Promise<string[]> {
  const rows = await database.query<{ name: string }>(
    'SELECT indexrelid::regclass::text AS name FROM pg_index WHERE indrelid = $1::regclass',
    [table],
  )
  return rows.map(({ name }) => name)
}

/** One row for each delivery: where in the day it lies, and what became of it. */
const BASE = `
CREATE FUNCTION bench_rows(total bigint, tenant uuid)
RETURNS TABLE (n bigint, at timestamptz, hi text, tenant_id uuid, endpoint bigint, is_rare boolean, status text,
  attempts int)
LANGUAGE sql STABLE AS $$
  SELECT n, at,
    lpad(to_hex((extract(epoch FROM at) * 1000)::bigint), 12, '0') || '7' || substr(md5(n::text), 1, 3),
    tenant, n % 100, n % 100000 = 7, status, CASE status WHEN 'retrying' THEN 2 WHEN 'pending' THEN 0 ELSE 1 END
  FROM (
    SELECT n, date_trunc('milliseconds', day + (now() - day) * (n::float8 / total)) AS at,
      CASE WHEN n % 100000 = 8 THEN 'pending' WHEN n % 9 = 0 THEN 'retrying' WHEN n / 100 % 20 = 1 THEN 'failed'
           ELSE 'succeeded' END AS status
    FROM generate_series(1, total) AS n, (SELECT date_trunc('day', now(), 'UTC') AS day) today
  ) numbered
$$`

const ID = (letter: string): string => `(hi || '8' || substr(md5('${letter}' || r.n), 1, 15))::uuid`

const TABLES = {
  events: {
    columns: 'id, tenant_id, type, channel, payload, status, created_at, dispatched_at',
    select: `${ID('e')}, tenant_id, CASE WHEN is_rare THEN '${RARE.eventType}' ELSE 'bench.past' END,
      CASE WHEN is_rare THEN '${RARE.channel}' END,
      '{"n":' || r.n || ',"text":"' || repeat('x', 80) || '"}', 'dispatched', at, at FROM ROWS r`,
  },
  deliveries: {
    columns: `id, tenant_id, event_id, endpoint_id, event_type, status, attempt_count, policy_attempts, fence, number,
      next_attempt_at, look_at, failure_code, failure_message, last_started_at, last_duration_ms, last_status,
      last_error_code, created_at, updated_at, completed_at`,
    select: `${ID('d')}, tenant_id, ${ID('e')}, e.id, CASE WHEN is_rare THEN '${RARE.eventType}' ELSE 'bench.past' END,
      status, attempts, attempts, least(attempts, 1), r.n,
      due, due, CASE status WHEN 'failed' THEN 'http_status' END, CASE status WHEN 'failed' THEN 'Answered 500' END,
      CASE WHEN attempts > 0 THEN at END, CASE WHEN attempts > 0 THEN 12 END,
      CASE WHEN is_rare THEN ${String(RARE.httpStatus)} WHEN status = 'succeeded' THEN 200 WHEN attempts > 0 THEN 500 END,
      CASE WHEN is_rare THEN '${RARE.errorCode}' END, at, at, CASE WHEN due IS NULL THEN at END
    FROM ROWS r JOIN bench_endpoints e ON e.n = r.endpoint,
    LATERAL (SELECT CASE WHEN status IN ('pending', 'retrying') THEN date_trunc('milliseconds', now() + interval '1 hour' + (r.n % 86400) * interval '1 s') END AS due) d
   `,
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
    generate_series(1, attempts) number`,
  },
} as const
