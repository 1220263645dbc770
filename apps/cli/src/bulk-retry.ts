import { setTimeout as sleep } from 'node:timers/promises'
import type { Schemas } from '@redrive/client'
import type { Command, Invocation } from './command.ts'
import { UsageError } from './io.ts'

const POLL_MS = 500
const BAR_WIDTH = 30

/** Starts a bulk retry and stays with it; Ctrl-C leaves it running, and says how to stop it. */
export const bulkRetry: Command = {
  usage: 'bulk-retry',
  summary: 'Send all deliveries again that the filter matches (default: all that failed)',
  options: ['status', 'endpoint', 'type', 'error', 'since', 'until'],
  flags: ['dry-run', 'only-missing', 'once'],
  async run(invocation) {
    const { client, options, has, print } = invocation
    const { status, endpoint: endpointId, type: eventType, error: errorCode, since, until } = options
    const filter = Object.fromEntries(
      Object.entries({ status, endpointId, eventType, errorCode, since, until }).filter(
        ([, value]) => value !== undefined,
      ),
    ) as Schemas['StartBulkRetry']['filter'] // the API says what is wrong with it
    const request = { filter, mode: has('once') ? 'once' : 'policy', onlyMissing: has('only-missing') } as const
    if (has('dry-run')) {
      const count = await client().retries.count(request)
      const atLeast = count.more === true ? 'At least ' : ''
      print(count, () => `${atLeast}${String(count.matched)} deliveries would be sent again`)
      return undefined
    }
    return follow(invocation, await client().retries.start(request))
  },
}

/** The same for all that an endpoint failed to take since a time. */
export const recover: Command = {
  usage: 'endpoints recover <id>',
  summary: 'Send it again everything that failed since a time',
  options: ['since', 'until'],
  async run(invocation) {
    const { client, positionals, options } = invocation
    const [id = ''] = positionals
    const { since, until } = options
    if (since === undefined) throw new UsageError('Since when? --since 2026-01-31T12:00:00Z')
    return follow(
      invocation,
      await client().endpoints.recover(id, { since, ...(until === undefined ? {} : { until }) }),
    )
  },
}

async function follow({ client, io, print }: Invocation, started: Schemas['BulkRetry']): Promise<number | undefined> {
  let retry = started
  while (retry.status === 'running' && !io.signal.aborted) {
    if (io.isTerminal) io.err(`\r${bar(retry)}`)
    await sleep(POLL_MS, undefined, { signal: io.signal }).catch(() => undefined)
    retry = await client().retries.get(retry.id)
  }
  if (io.isTerminal) io.err(`\r${bar(retry)}\n`)
  print(retry, () => `${retry.id} ${retry.status}: ${String(retry.queued)} queued, ${String(retry.skipped)} skipped`)
  return retry.status === 'cancelled' ? 1 : undefined
}

function bar({ matched, queued, skipped }: Schemas['BulkRetry']): string {
  const done = matched === 0 ? 1 : Math.min(1, (queued + skipped) / matched)
  const full = Math.round(done * BAR_WIDTH)
  return `[${'#'.repeat(full)}${'.'.repeat(BAR_WIDTH - full)}] ${String(Math.round(done * 100)).padStart(3)}% of ${String(matched)}`
}
