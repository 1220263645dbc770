import { eventually } from '@redrive/testkit/conditions'
import { breakThings, type Fault, type FaultKind, FAULTS, planFaults } from './faults.ts'
import { type Installation, OPERATOR_KEY, startInstallation } from './installation.ts'
import { judge, type RecordedAttempt, type Verdict } from './judge.ts'
import { type Accepted, publishSteadily, type Refused } from './producer.ts'
import { createDice } from './random.ts'
import { type Receivers, startReceivers } from './receivers.ts'

export interface RunOptions {
  events: number
  seconds: number
  redis: boolean
  seed: number
  tell: (line: string) => void
}

export interface RunResult {
  verdict: Verdict
  faults: Fault[]
  accepted: Accepted[]
  refused: Refused[]
  requests: number
  /** log lines of our own processes that tell of a bug */
  errors: string[]
  ledger: Ledger
  /** from the last 202 until nothing was owed */
  drainedMs: number
}

/** What the ledger says when the run is over. */
interface Ledger {
  owed: number
  succeeded: number
  failed: number
  attempts: number
  interrupted: number
}

/** Shorter runs leave out the pause that outlasts a lease. */
const LONG_RUN_SECONDS = 40
const FAULT_EVERY_MS = { long: 5_000, short: 1_500 }
const DRAIN_MS = 240_000

/** One chaos run: installs, publishes, breaks, waits until the ledger owes nothing, and compares. */
export async function runChaos(options: RunOptions): Promise<RunResult> {
  const { events, seconds, tell } = options
  const dice = createDice(options.seed)
  const isLong = seconds >= LONG_RUN_SECONDS
  const plan = planFaults(dice, {
    kinds: FAULTS.filter((kind) => isPossible(kind, options) && (isLong || kind !== 'pause worker')),
    lengthMs: seconds * 1000,
    everyMs: isLong ? FAULT_EVERY_MS.long : FAULT_EVERY_MS.short,
  })
  const receivers = await startReceivers(dice)
  const installation = await startInstallation(options)
  try {
    const key = await setUp(installation, receivers)
    tell(`publishing ${String(events)} events over ${String(seconds)} s, with ${String(plan.length)} faults`)
    const [{ accepted, refused }, faults] = await Promise.all([
      publishSteadily({ ingresses: installation.ingresses, key, events, lengthMs: seconds * 1000 }),
      breakThings(installation, { plan, dice, tell }),
    ])
    tell(`accepted ${String(accepted.length)}; waiting until the ledger owes nothing`)
    const ledger = await drained(installation)
    const last = Math.max(...accepted.map(({ acceptedAt }) => acceptedAt))
    const verdict = judge({
      accepted,
      refused,
      receivers: receivers.all.map(({ name }) => name),
      seen: receivers.seen,
      attempts: await attemptsOf(installation),
      faults,
    })
    return {
      verdict,
      faults,
      accepted,
      refused,
      ledger,
      requests: receivers.seen.length,
      errors: [...installation.workers, ...installation.ingresses].flatMap((member) => member.errors()),
      drainedMs: Date.now() - last,
    }
  } finally {
    await installation.stop()
    await receivers.close()
  }
}

/** A queue in PostgreSQL goes with the database; by itself it can only be emptied. */
function isPossible(kind: FaultKind, { redis }: RunOptions): boolean {
  return redis || !kind.endsWith(' queue') || kind === 'empty queue'
}

interface Tenant {
  id: string
  /** Calls the API as the operator, for this tenant; rejects unless it succeeds. */
  post(path: string, body: object): Promise<Record<string, unknown>>
}

export async function createTenant({ ingresses }: Installation): Promise<Tenant> {
  const url = ingresses[0]?.url ?? ''
  const post = async (
    path: string,
    body: object,
    headers: Record<string, string> = {},
  ): Promise<Record<string, unknown>> => {
    const response = await fetch(url + path, {
      method: 'POST',
      headers: { authorization: `Bearer ${OPERATOR_KEY}`, 'content-type': 'application/json', ...headers },
      body: JSON.stringify(body),
    })
    const text = await response.text()
    if (!response.ok) throw new Error(`${path} was answered ${String(response.status)}: ${text}`)
    return JSON.parse(text) as Record<string, unknown> // a JSON object, as the API documents
  }
  const id = String((await post('/v1/tenants', { name: 'Chaos' }))['id'])
  return { id, post: (path, body) => post(path, body, { 'redrive-tenant': id }) }
}

/** A tenant with an endpoint for each receiver; its key. */
export async function setUp(installation: Installation, receivers: Receivers): Promise<string> {
  const tenant = await createTenant(installation)
  for (const receiver of receivers.all) {
    const retryPolicy = { strategy: 'fixed', delaySeconds: 2, maxRetries: 50, jitter: 0.2 }
    const endpoint = { url: receiver.url, description: receiver.name, retryPolicy, disableAfterSeconds: null }
    await tenant.post('/v1/endpoints', endpoint)
  }
  const apiKey = await tenant.post(`/v1/tenants/${tenant.id}/api-keys`, { name: 'chaos', scopes: ['events:write'] })
  return String(apiKey['key'])
}

/** All attempts, as the ledger has them. */
async function attemptsOf({ database }: Installation): Promise<RecordedAttempt[]> {
  return database.query<RecordedAttempt>(`
    SELECT d.event_id AS "eventId", e.description AS receiver, a.number, a.error_code AS error,
           (extract(epoch FROM a.started_at) * 1000)::float8 AS "startedAt",
           (extract(epoch FROM a.started_at) * 1000)::float8 + a.duration_ms AS "endedAt"
    FROM attempts a
    JOIN deliveries d ON d.id = a.delivery_id
    JOIN endpoints e ON e.id = a.endpoint_id`)
}

/** What the ledger says once it owes nothing, or when that takes too long. */
export async function drained({ database }: Installation, patienceMs = DRAIN_MS): Promise<Ledger> {
  let ledger = await look()
  async function look(): Promise<Ledger> {
    const [row] = await database.query<{ [Name in keyof Ledger]: number }>(`
      SELECT
        (SELECT count(*)::int FROM events WHERE status <> 'dispatched')
          + (SELECT count(*)::int FROM deliveries WHERE status NOT IN ('succeeded', 'failed', 'cancelled')) AS owed,
        (SELECT count(*)::int FROM deliveries WHERE status = 'succeeded') AS succeeded,
        (SELECT count(*)::int FROM deliveries WHERE status = 'failed') AS failed,
        (SELECT count(*)::int FROM attempts) AS attempts,
        (SELECT count(*)::int FROM attempts WHERE error_code = 'interrupted') AS interrupted`)
    if (row === undefined) throw new Error('the ledger did not answer')
    return row
  }
  const nothingOwed = async (): Promise<boolean> => {
    await new Promise((resolve) => setTimeout(resolve, 250))
    ledger = await look()
    return ledger.owed === 0
  }
  await eventually(nothingOwed, 'the ledger to owe nothing', patienceMs).catch(() => undefined) // what is owed is reported
  return ledger
}
