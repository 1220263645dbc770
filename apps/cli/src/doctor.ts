import { lookup } from 'node:dns/promises'
import { connect } from 'node:net'
import { ConfigError, parseConfig } from '@redrive/config'
import type { Command, Invocation } from './command.ts'
import { table } from './io.ts'

interface Finding {
  check: string
  ok: boolean
  detail: string
}

const TIMEOUT_MS = 5_000
/** What Standard Webhooks' receivers tolerate is 300; this leaves room for theirs. */
const MAX_CLOCK_SECONDS = 30

/** Looks at what most often is wrong, from here and through the API. Exit code 1 if anything is. */
export const doctor: Command = {
  usage: 'doctor',
  summary: 'Check configuration, database, queue, clock and the way to the endpoints',
  async run(invocation) {
    const findings = [checkConfig(invocation), ...(await checkServer(invocation)), ...(await checkEgress(invocation))]
    invocation.print(findings, () =>
      table(
        ['', 'CHECK', 'FOUND'],
        findings.map(({ check, ok, detail }) => [ok ? 'ok' : 'PROBLEM', check, detail]),
      ),
    )
    return findings.every(({ ok }) => ok) ? undefined : 1
  },
}

/** The environment here, which is the server's where both run side by side. */
function checkConfig({ io }: Invocation): Finding {
  try {
    return { check: 'config', ok: true, detail: `mode ${parseConfig(io.env).mode}` }
  } catch (error) {
    if (!(error instanceof ConfigError)) throw error
    return { check: 'config', ok: false, detail: error.message }
  }
}

async function checkServer({ baseUrl }: Invocation): Promise<Finding[]> {
  const startedAt = Date.now()
  try {
    const response = await fetch(new URL('/readyz', baseUrl()), { signal: AbortSignal.timeout(TIMEOUT_MS) })
    const readiness = (await response.json()) as Record<string, { state?: string; latencyMs?: number; detail?: string }>
    const parts = ['database', 'queue'].map((check) => {
      const { state = 'unknown', latencyMs = 0, detail = '' } = readiness[check] ?? {}
      return { check, ok: state === 'ok', detail: `${state}, ${String(latencyMs)} ms ${detail}`.trim() }
    })
    return [{ check: 'api', ok: true, detail: `${baseUrl()} answers` }, ...parts, checkClock(response, startedAt)]
  } catch (error) {
    return [
      { check: 'api', ok: false, detail: `${baseUrl()}: ${error instanceof Error ? error.message : String(error)}` },
    ]
  }
}

function checkClock(response: Response, startedAt: number): Finding {
  const theirs = Date.parse(response.headers.get('date') ?? '')
  const ours = (startedAt + Date.now()) / 2
  const apart = Math.round(Math.abs(theirs - ours) / 1000)
  return { check: 'clock', ok: apart <= MAX_CLOCK_SECONDS, detail: `${String(apart)} s apart from the server’s` }
}

/** Whether the endpoints' hosts can be found and reached from here. */
async function checkEgress({ client }: Invocation): Promise<Finding[]> {
  try {
    const { data } = await client().endpoints.list({ limit: 20 }).page()
    const hosts = [...new Set(data.filter(({ status }) => status === 'active').map(({ url }) => new URL(url).origin))]
    return await Promise.all(hosts.map(reach))
  } catch (error) {
    return [{ check: 'egress', ok: false, detail: error instanceof Error ? error.message : String(error) }]
  }
}

async function reach(origin: string): Promise<Finding> {
  const { hostname, port, protocol } = new URL(origin)
  try {
    const { address } = await lookup(hostname.replace(/^\[|\]$/g, ''))
    await canConnect(address, Number(port) || (protocol === 'https:' ? 443 : 80))
    return { check: 'egress', ok: true, detail: `${origin} takes connections (${address})` }
  } catch (error) {
    return {
      check: 'egress',
      ok: false,
      detail: `${origin}: ${error instanceof Error ? error.message : String(error)}`,
    }
  }
}

function canConnect(host: string, port: number): Promise<void> {
  return new Promise((resolve, reject) => {
    const socket = connect({ host, port, timeout: TIMEOUT_MS })
    socket.once('connect', () => {
      socket.destroy()
      resolve()
    })
    socket.once('error', reject)
    socket.once('timeout', () => {
      socket.destroy(new Error('no connection within 5 s'))
    })
  })
}
