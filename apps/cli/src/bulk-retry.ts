import { setTimeout as sleep } from 'node:timers/promises'
import type { Schemas } from '@redrive/client'
import type { Command } from './command.ts'

const POLL_MS = 500
const BAR_WIDTH = 30

/** Starts a bulk retry and stays with it; Ctrl-C leaves it running, and says how to stop it. */
export const bulkRetry: Command = {
  usage: 'bulk-retry',
  summary: 'Send all deliveries again that the filter matches (default: all that failed)',
  options: ['status', 'endpoint', 'type', 'error', 'since', 'until'],
  flags: ['dry-run', 'only-missing', 'once'],
  async run({ client, options, has, io, print }) {
    const { status, endpoint: endpointId, type: eventType, error: errorCode, since, until } = options
    const filter = Object.fromEntries(
      Object.entries({ status, endpointId, eventType, errorCode, since, until }).filter(
        ([, value]) => value !== undefined,
      ),
    ) as Schemas['StartBulkRetry']['filter'] // the API says what is wrong with it
    const request = { filter, mode: has('once') ? 'once' : 'policy', onlyMissing: has('only-missing') } as const
    if (has('dry-run')) {
      const matched = await client().retries.count(request)
      print({ matched }, () => `${String(matched)} deliveries would be sent again`)
      return undefined
    }
    let retry = await client().retries.start(request)
    while (retry.status === 'running' && !io.signal.aborted) {
      if (io.isTerminal) io.err(`\r${bar(retry)}`)
      await sleep(POLL_MS, undefined, { signal: io.signal }).catch(() => undefined)
      retry = await client().retries.get(retry.id)
    }
    if (io.isTerminal) io.err(`\r${bar(retry)}\n`)
    print(retry, () => `${retry.id} ${retry.status}: ${String(retry.queued)} queued, ${String(retry.skipped)} skipped`)
    return retry.status === 'cancelled' ? 1 : undefined
  },
}

function bar({ matched, queued, skipped }: Schemas['BulkRetry']): string {
  const done = matched === 0 ? 1 : Math.min(1, (queued + skipped) / matched)
  const full = Math.round(done * BAR_WIDTH)
  return `[${'#'.repeat(full)}${'.'.repeat(BAR_WIDTH - full)}] ${String(Math.round(done * 100)).padStart(3)}% of ${String(matched)}`
}
