import { afterAll, beforeAll, describe, expect, test } from '@jest/globals'
import { DEFAULT_RETRY_POLICY } from '@redrive/core'
import { type Answer, startIngress, type TestIngress } from './harness.ts'

/** Numbers and times that would make a loop without end, or a range of nothing, refused by whoever takes one. */

let server: TestIngress
let key: string
let endpointId: string
beforeAll(async () => {
  server = await startIngress()
  ;({ key } = await server.tenant())
  endpointId = String((await server.call('POST', '/v1/endpoints', { key, json: { url: URL } })).json['id'])
})
afterAll(() => server.close())

const URL = 'https://receiver.example/'

/** One problem, there, in words that hold the rule. */
function isRefused(answer: Answer, pointer: string, rule: string): void {
  expect([answer.status, answer.json['errors']]).toEqual([422, [{ pointer, detail: expect.stringContaining(rule) }]])
}

const DELAY = 'A delay is 1 to 604800 seconds'
const RETRIES = 'A policy has 0 to 50 retries'
const JITTER = 'Jitter is 0 to 1'
const FACTOR = 'The factor is 1 to 100'

/** What is no delay, as it is spelt in JSON: of these `1e999` is read as Infinity. */
const NO_DELAYS = [
  '0',
  '-0',
  '-1',
  '0.999',
  '604801',
  '1e999',
  '-1e999',
  '1e-999',
  '1e308',
  '"5"',
  '"NaN"',
  '"Infinity"',
]
const NO_COUNTS = ['-1', '51', '1.5', '1e999', '-1e999', '"3"', '"NaN"', 'null', '[]']

/** The text of each strategy with one of its fields spelt in this way. */
const STRATEGIES: [strategy: string, fields: Record<string, string>][] = [
  ['schedule', { delaysSeconds: '[1]', jitter: '0' }],
  ['exponential', { baseSeconds: '1', factor: '2', maxDelaySeconds: '9', maxRetries: '3', jitter: '0' }],
  ['linear', { stepSeconds: '1', maxDelaySeconds: '9', maxRetries: '3', jitter: '0' }],
  ['fixed', { delaySeconds: '1', maxRetries: '3', jitter: '0' }],
]
const WRONG: Record<string, [spelt: string[], rule: string]> = {
  baseSeconds: [NO_DELAYS, DELAY],
  stepSeconds: [NO_DELAYS, DELAY],
  delaySeconds: [NO_DELAYS, DELAY],
  maxDelaySeconds: [NO_DELAYS, DELAY],
  maxRetries: [NO_COUNTS, RETRIES],
  jitter: [['-0.1', '1.1', '1e999', '-1e999', '"0.2"', '"NaN"', 'null'], JITTER],
  factor: [['0', '-2', '0.5', '101', '1e999', '"2"', '"NaN"', 'null'], FACTOR],
}
const policy = (strategy: string, fields: Record<string, string>): string =>
  `{"strategy":"${strategy}",${Object.entries(fields)
    .map(([name, text]) => `"${name}":${text}`)
    .join(',')}}`

const POLICIES: [what: string, policy: string, pointer: string, rule: string][] = [
  ...STRATEGIES.flatMap(([strategy, fields]) =>
    Object.keys(fields).flatMap((field) => {
      const [spelt, rule] = WRONG[field] ?? [[], '']
      return spelt.map((text): [string, string, string, string] => [
        `${strategy}, ${field} ${text}`,
        policy(strategy, { ...fields, [field]: text }),
        `/${field}`,
        rule,
      ])
    }),
  ),
  ...NO_DELAYS.map((text): [string, string, string, string] => [
    `schedule, a delay of ${text}`,
    policy('schedule', { delaysSeconds: `[1,${text}]`, jitter: '0' }),
    '/delaysSeconds/1',
    DELAY,
  ]),
  ['51 delays', policy('schedule', { delaysSeconds: list(51) }), '/delaysSeconds', RETRIES],
  ['ten thousand delays', policy('schedule', { delaysSeconds: list(10_000) }), '/delaysSeconds', RETRIES],
  ['a strategy of its own', policy('never', {}).replace(',}', '}'), '/strategy', 'The strategy is schedule'],
  ['a field of another strategy', policy('fixed', { delaySeconds: '1', maxRetries: '1', factor: '2' }), '/factor', ''],
]
function list(length: number): string {
  return JSON.stringify(Array(length).fill(1))
}

describe('a retry policy', () => {
  test.each(POLICIES)('%s', async (_what, text, pointer, rule) => {
    const create = `{"url":"${URL}","retryPolicy":${text}}`
    isRefused(await server.call('POST', '/v1/endpoints', { key, text: create }), `/retryPolicy${pointer}`, rule)
    const path = `/v1/endpoints/${endpointId}`
    const change = `{"retryPolicy":${text}}`
    isRefused(await server.call('PATCH', path, { key, text: change }), `/retryPolicy${pointer}`, rule)
  })

  test('that was refused has left nothing behind', async () => {
    const { json } = await server.call('GET', '/v1/endpoints', { key })
    expect(json['data']).toMatchObject([{ id: endpointId, retryPolicy: DEFAULT_RETRY_POLICY }])
  })
})

const REVERSED = 'until must not be before since'
const YEARS = 'Expected a year from 1970 to 9999'
const ISO = 'Expected a time in ISO 8601'
const RANGES: [what: string, range: { since: string; until?: string }, field: string, rule: string][] = [
  ['reversed', { since: '2026-02-01T00:00:00Z', until: '2026-01-01T00:00:00Z' }, 'until', REVERSED],
  ['reversed by a millisecond', { since: '2026-01-01T00:00:00.001Z', until: '2026-01-01' }, 'until', REVERSED],
  ['reversed by its zones', { since: '2026-01-01T12:00:00Z', until: '2026-01-01T12:30:00+01:00' }, 'until', REVERSED],
  ['from year 275760', { since: '+275760-09-13T00:00:00.000Z' }, 'since', ISO],
  ['from beyond all years', { since: '+275760-09-13T00:00:00.001Z' }, 'since', ISO],
  ['to year 275760', { since: '2026-01-01', until: '+275760-09-13T00:00:00.000Z' }, 'until', ISO],
  ['to year 10000', { since: '2026-01-01', until: '10000-01-01T00:00:00Z' }, 'until', ISO],
  ['from before Christ', { since: '-000001-01-01T00:00:00.000Z' }, 'since', ISO],
  ['from before time began', { since: '1969-12-31T23:59:59.999Z' }, 'since', YEARS],
  ['from a day that is none', { since: '2026-02-30' }, 'since', ISO],
  ['from a time without a zone', { since: '2026-01-01T00:00:00' }, 'since', ISO],
  ['from a number', { since: '1767225600000' }, 'since', ISO],
  ['from a word', { since: 'yesterday' }, 'since', ISO],
  ['from Infinity', { since: 'Infinity' }, 'since', ISO],
]

const asked = (path: string) => (range: object) =>
  server.call('GET', `${path}?${new URLSearchParams({ ...range }).toString()}`, { key })
/** Whatever takes a range, and where in its request the range is. */
const PLACES: [what: string, call: (range: object) => Promise<Answer>, pointer: string][] = [
  ['the list of events', asked('/v1/events'), ''],
  ['the list of deliveries', asked('/v1/deliveries'), ''],
  ['an endpoint’s statistics', (range) => asked(`/v1/endpoints/${endpointId}/stats`)(range), ''],
  ['a bulk retry', (filter) => server.call('POST', '/v1/retries', { key, json: { filter } }), '/filter'],
  [
    'a bulk retry’s dry run',
    (filter) => server.call('POST', '/v1/retries', { key, json: { filter, dryRun: true } }),
    '/filter',
  ],
  [
    'a bulk retry of what is missing',
    (range) =>
      server.call('POST', '/v1/retries', { key, json: { filter: { endpointId, ...range }, onlyMissing: true } }),
    '/filter',
  ],
  ['an endpoint’s recovery', (json) => server.call('POST', `/v1/endpoints/${endpointId}/recover`, { key, json }), ''],
]

describe.each(PLACES)('a range for %s', (_place, call, pointer) => {
  test.each(RANGES)('%s', async (_what, range, field, rule) => {
    isRefused(await call(range), `${pointer}/${field}`, rule)
  })

  test('of nothing, or to the end of year 9999, is one', async () => {
    for (const range of [
      { since: '2026-01-01', until: '2026-01-01T00:00:00.000Z' },
      { since: '2026-01-01', until: '9999-12-31T23:59:59.999Z' },
    ]) {
      const answer = await call(range)
      expect([range, answer.status]).toEqual([range, answer.json['status'] === 'running' ? 202 : 200])
      if (answer.status === 202) await server.call('POST', `/v1/retries/${String(answer.json['id'])}/cancel`, { key })
    }
  })
})

test('a refused range has started nothing', async () => {
  const { json } = await server.call('GET', '/v1/retries', { key })
  const started = json['data'] as { filter: { since: string } }[]
  expect(new Set(started.map(({ filter }) => filter.since))).toEqual(new Set(['2026-01-01T00:00:00.000Z']))
})
