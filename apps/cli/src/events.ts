import { setTimeout as sleep } from 'node:timers/promises'
import type { Schemas } from '@redrive/client'
import type { Command, Invocation, Options } from './command.ts'
import { printable, table, UsageError } from './io.ts'

const FILTERS = ['status', 'endpoint', 'event', 'type', 'error', 'since', 'until', 'limit'] as const
/** The most that one answer of the API holds. */
const PAGE = 250
const POLL_MS = 1_000

export const eventCommands: Command[] = [
  {
    usage: 'publish <type> [payload]',
    summary: 'Publish an event; the payload is JSON, {} if absent',
    options: ['channel', 'idempotency-key', 'endpoint'],
    async run({ positionals: [type = '', payload = '{}'], options, client, print }) {
      const event = await client().events.publish({
        type,
        payload: json(payload),
        ...(options['channel'] === undefined ? {} : { channel: options['channel'] }),
        ...(options['idempotency-key'] === undefined ? {} : { idempotencyKey: options['idempotency-key'] }),
        ...(options['endpoint'] === undefined ? {} : { endpointId: options['endpoint'] }),
      })
      print(event, () => `Published ${event.id}`)
      return undefined
    },
  },
  {
    usage: 'list',
    summary: 'List deliveries, newest first',
    options: FILTERS,
    async run({ client, options, print }) {
      const { limit = '50', ...filter } = query(options)
      const data = await take(client().deliveries, filter, limit)
      print(data, () => deliveryTable(data))
      return undefined
    },
  },
  {
    usage: 'tail',
    summary: 'Show deliveries as they are made and as they change, until Ctrl-C',
    options: FILTERS,
    run: tail,
  },
  {
    usage: 'show <delivery>',
    summary: 'Show a delivery with its attempts',
    async run({ client, positionals: [id = ''], print }) {
      const delivery = await client().deliveries.get(id)
      const attempts: Schemas['Attempt'][] = []
      for await (const attempt of client().deliveries.attempts(id)) attempts.unshift(attempt)
      print({ ...delivery, attempts }, () =>
        [
          deliveryTable([delivery]),
          `to ${delivery.url}`,
          '',
          table(
            ['#', 'STARTED', 'MS', 'ANSWER', 'THEN'],
            attempts.map(({ number, startedAt, durationMs, response, error, decision }) => [
              number,
              startedAt,
              Math.round(durationMs),
              response?.status ?? error?.code,
              decision,
            ]),
          ),
        ].join('\n'),
      )
      return undefined
    },
  },
  {
    usage: 'retry <delivery>',
    summary: 'Send a delivery again',
    flags: ['once', 'force'],
    async run({ client, positionals: [id = ''], has, print }) {
      const body = { mode: has('once') ? 'once' : 'policy', force: has('force') } as const
      const delivery = await client().deliveries.retry(id, body)
      print(delivery, () => deliveryTable([delivery]))
      return undefined
    },
  },
]

/** As many as were asked for, over as many pages as that takes. */
async function take(
  deliveries: ReturnType<Invocation['client']>['deliveries'],
  filter: Record<string, string>,
  limit: string,
): Promise<Schemas['Delivery'][]> {
  if (!/^[1-9][0-9]{0,6}$/.test(limit)) throw new UsageError('--limit is a number from 1')
  const wanted = Number(limit)
  const taken: Schemas['Delivery'][] = []
  for await (const delivery of deliveries.list({ ...filter, limit: Math.min(wanted, PAGE) })) {
    taken.push(delivery)
    if (taken.length === wanted) break
  }
  return taken
}

async function tail({ client, options, io, print }: Invocation): Promise<undefined> {
  const seen = new Map<string, string>()
  while (!io.signal.aborted) {
    const { data } = await client()
      .deliveries.list({ limit: 100, ...query(options) })
      .page()
    const changed = data.filter(({ id, updatedAt }) => seen.get(id) !== updatedAt).reverse()
    for (const delivery of changed) {
      seen.set(delivery.id, delivery.updatedAt)
      print(delivery, () => line(delivery))
    }
    await sleep(POLL_MS, undefined, { signal: io.signal }).catch(() => undefined)
  }
  return undefined
}

function line({ updatedAt, status, eventType, url, attemptCount, lastAttempt, id }: Schemas['Delivery']): string {
  const answer = lastAttempt?.status ?? lastAttempt?.error?.code
  return [updatedAt, status.padEnd(10), eventType, `#${String(attemptCount)}`, answer ?? '-', url, id]
    .map(String)
    .map(printable)
    .join('  ')
}

function deliveryTable(deliveries: readonly Schemas['Delivery'][]): string {
  return table(
    ['DELIVERY', 'EVENT TYPE', 'STATUS', 'ATTEMPTS', 'LAST', 'NEXT', 'CREATED'],
    deliveries.map((delivery) => [
      delivery.id,
      delivery.eventType,
      delivery.status,
      delivery.attemptCount,
      delivery.lastAttempt?.status ?? delivery.lastAttempt?.error?.code,
      delivery.nextAttemptAt,
      delivery.createdAt,
    ]),
  )
}

function query(options: Options): Record<string, string> {
  const names = { endpoint: 'endpointId', event: 'eventId', type: 'eventType', error: 'errorCode' } as const
  return Object.fromEntries(
    FILTERS.flatMap((name) => {
      const value = options[name]
      return value === undefined ? [] : [[Object.hasOwn(names, name) ? names[name as keyof typeof names] : name, value]]
    }),
  )
}

function json(text: string): unknown {
  try {
    return JSON.parse(text) as unknown
  } catch {
    throw new UsageError(`The payload is not JSON: ${text.slice(0, 60)}`)
  }
}
