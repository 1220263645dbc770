import type { Duplicate } from './judge.ts'
import type { RunResult } from './run.ts'

/** Log lines that are shown. */
const SHOWN = 5

/** The run in words; `good` if nothing is lost, owed or unexplained, and nobody logged an error or crashed. */
export function report(result: RunResult): { lines: string[]; good: boolean } {
  const { verdict, ledger, accepted, refused, faults } = result
  const unexplained = verdict.duplicates.filter(({ because }) => because === null)
  const latencies = accepted.map(({ tookMs }) => tookMs).sort((a, b) => a - b)
  const lines = [
    `accepted     ${String(accepted.length)} events, 202 within ${percentiles(latencies)}; ${String(refused.length)} tries refused: ${counted(refused.map(({ why }) => why))}`,
    `delivered    ${String(verdict.delivered)} of ${String(verdict.delivered + verdict.lost.length)} deliveries, in ${String(result.requests)} requests`,
    `lost         ${String(verdict.lost.length)}`,
    `duplicates   ${String(verdict.duplicates.length)}: ${counted(verdict.duplicates.map(reason))}`,
    `delay        ${percentiles(verdict.delaysMs)} from the 202 to a receiver's first success`,
    `ledger       ${String(ledger.succeeded)} succeeded, ${String(ledger.failed)} failed, ${String(ledger.owed)} owed; ${String(ledger.attempts)} attempts, of which ${String(ledger.interrupted)} interrupted; nothing owed ${seconds(result.drainedMs)} after the last 202`,
    `faults       ${counted(faults.map(({ kind }) => kind))}`,
    `errors       ${String(result.errors.length)} logged or crashed`,
    ...result.errors.slice(0, SHOWN).map((line) => `ERROR        ${line}`),
    ...verdict.lost.map(({ receiver, n, eventId }) => `LOST         event ${String(n)} (${eventId}) at ${receiver}`),
    ...verdict.duplicates.map(
      (duplicate) => `${duplicate.because ? 'duplicate  ' : 'UNEXPLAINED'}  ${describe(duplicate)}`,
    ),
    ...verdict.strangeRefusals.map(
      ({ n, ingress, from, why }) =>
        `REFUSED      event ${String(n)} by ${ingress} at ${at(from)} without a reason: ${why}`,
    ),
    ...(verdict.mixedUp > 0
      ? [`MIXED UP     ${String(verdict.mixedUp)} requests carried another event's payload`]
      : []),
  ]
  const wrong = [verdict.lost, unexplained, verdict.strangeRefusals].some((list) => list.length > 0)
  const clean = result.errors.length === 0 && verdict.mixedUp === 0 && ledger.owed === 0 && ledger.failed === 0
  return { lines, good: !wrong && clean }
}

function reason({ because }: Duplicate): string {
  return because === null ? 'UNEXPLAINED' : because.kind
}

function describe({ receiver, eventId, firstAt, againAt, untold, because }: Duplicate): string {
  const ledger = untold === null ? 'the ledger knew' : `nobody recorded attempt ${String(untold)}`
  const fault =
    because === null ? '' : `: ${because.kind} (${because.target}) from ${at(because.from)} to ${at(because.to)}`
  return `${eventId} at ${receiver} at ${at(firstAt)}, and again at ${at(againAt)}; ${ledger}${fault}`
}

function at(ms: number): string {
  return new Date(ms).toISOString().slice(11, 23)
}

export function percentiles(sorted: readonly number[]): string {
  const rank = (part: number): string =>
    seconds(sorted[Math.min(sorted.length - 1, Math.floor(part * sorted.length))] ?? 0)
  return `p50 ${rank(0.5)}, p99 ${rank(0.99)}, longest ${rank(1)}`
}

function seconds(ms: number): string {
  return ms < 1000 ? `${String(Math.round(ms))} ms` : `${(ms / 1000).toFixed(1)} s`
}

function counted(all: readonly string[]): string {
  const groups = [...Map.groupBy(all, (what) => what)].sort(([, a], [, b]) => b.length - a.length)
  return groups.map(([what, list]) => `${String(list.length)} ${what}`).join(', ') || 'none'
}
