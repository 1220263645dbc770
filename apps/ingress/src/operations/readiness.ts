import { type Health, type HealthCheck, checkHealth, type Log } from '@redrive/runtime'

interface State {
  state: 'ok' | 'unavailable'
  latencyMs: number
  detail?: string
}

/** What `GET /readyz` says: `degraded` still takes events (they wait in the ledger), `unavailable` does not. */
export interface Readiness {
  status: Health['status']
  database: State
  queue: State
}

const TIMEOUT_MS = 1_000

/** Asks at most once at a time, however many probes come in. */
export function createReadiness(deps: {
  database: () => Promise<void>
  queue: () => Promise<void>
  log: Log
}): () => Promise<Readiness> {
  let asking: Promise<Readiness> | null = null
  let last: Health['status'] = 'ok'

  async function ask(): Promise<Readiness> {
    const startedAt = performance.now()
    const took = { database: TIMEOUT_MS, queue: TIMEOUT_MS }
    const timed = (name: keyof typeof took, check: () => Promise<void>): (() => Promise<void>) => {
      return () => check().finally(() => (took[name] = Math.round(performance.now() - startedAt)))
    }
    const checks: Record<keyof typeof took, HealthCheck> = {
      database: { check: timed('database', deps.database), essential: true },
      queue: { check: timed('queue', deps.queue), essential: false },
    }
    const { status, checks: found } = await checkHealth(checks, TIMEOUT_MS)
    if (status !== last) deps.log[status === 'ok' ? 'info' : 'warn']('readiness changed', { from: last, to: status })
    last = status
    const state = (name: keyof typeof took): State => ({
      ...(found[name] ?? { state: 'ok' }),
      latencyMs: Math.min(took[name], TIMEOUT_MS),
    })
    return { status, database: state('database'), queue: state('queue') }
  }

  return () => (asking ??= ask().finally(() => (asking = null)))
}
