/** The state of one thing that a process depends on. */
export interface DependencyHealth {
  state: 'ok' | 'unavailable'
  /** a sentence without secrets, where it is not ok */
  detail?: string
}

/** What `GET /readyz` answers: 503 if `unavailable`, else 200. `degraded`: works, but something is away. */
export interface Health {
  status: 'ok' | 'degraded' | 'unavailable'
  checks: Record<string, DependencyHealth>
}

export interface HealthCheck {
  /** Resolves when it is well; rejects with what is wrong. */
  check: () => Promise<void>
  /** without it the process can't do its work at all */
  essential: boolean
}

/** Asks all checks at once; each gets `timeoutMs`. */
export async function checkHealth(checks: Record<string, HealthCheck>, timeoutMs: number): Promise<Health> {
  const entries = Object.entries(checks)
  const states = await Promise.all(entries.map(([, { check }]) => stateOf(check, timeoutMs)))
  let status: Health['status'] = 'ok'
  entries.forEach(([, { essential }], index) => {
    if (states[index]?.state === 'ok') return
    if (essential) status = 'unavailable'
    else if (status === 'ok') status = 'degraded'
  })
  return {
    status,
    checks: Object.fromEntries(entries.map(([name], index) => [name, states[index] ?? { state: 'ok' }])),
  }
}

async function stateOf(check: () => Promise<void>, timeoutMs: number): Promise<DependencyHealth> {
  let timer: NodeJS.Timeout | undefined
  const late = new Promise<DependencyHealth>((resolve) => {
    timer = setTimeout(() => {
      resolve({ state: 'unavailable', detail: `no answer within ${String(timeoutMs)} ms` })
    }, timeoutMs)
  })
  const asked = check().then(
    (): DependencyHealth => ({ state: 'ok' }),
    // The reason may name hosts and users; the log has it. `readyz` is open to everyone.
    (): DependencyHealth => ({ state: 'unavailable', detail: 'does not answer' }),
  )
  const state = await Promise.race([asked, late])
  clearTimeout(timer)
  return state
}
