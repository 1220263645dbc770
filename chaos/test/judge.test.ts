import { expect, test } from '@jest/globals'
import type { Fault, FaultKind } from '../src/faults.ts'
import { judge } from '../src/judge.ts'
import type { Seen } from '../src/receivers.ts'

const accepted = [{ n: 1, eventId: 'e', acceptedAt: 1_000, tookMs: 5 }]
const seen = (receivedAt: number, status = 200): Seen => ({
  receiver: 'a',
  eventId: 'e',
  attempt: 1,
  n: 1,
  receivedAt,
  answeredAt: receivedAt + 10,
  status,
})
const fault = (kind: FaultKind, from: number, to = from + 100): Fault => ({
  kind,
  target: kind.split(' ')[1] ?? '',
  from,
  to,
})
const run = (requests: Seen[], faults: Fault[] = []) =>
  judge({ accepted, refused: [], receivers: ['a'], seen: requests, faults })

test('what was accepted and never answered with success is lost', () => {
  expect(run([]).lost).toHaveLength(1)
  expect(run([seen(2_000, 500)]).lost).toEqual([{ receiver: 'a', n: 1, eventId: 'e' }])
  expect(run([seen(2_000, 500), seen(3_000)])).toMatchObject({ lost: [], delivered: 1, delaysMs: [2_000] })
})

test('a retry after a failure is no duplicate, and a request after a success is one', () => {
  expect(run([seen(2_000, 500), seen(3_000)]).duplicates).toEqual([])
  expect(run([seen(2_000), seen(3_000)]).duplicates).toMatchObject([{ because: null }])
})

test.each<[FaultKind, number, boolean]>([
  ['kill worker', 2_005, true],
  ['kill worker', 1_990, false],
  ['kill worker', 9_000, false],
  ['pause worker', 1_500, false],
  ['pause worker', 1_950, true],
  ['hang database', 1_990, true],
  ['restart worker', 2_005, false],
  ['empty queue', 2_005, false],
  ['kill ingress', 2_005, false],
])('%s at %i explains a request of 2000 that comes again: %s', (kind, from, explained) => {
  const [duplicate] = run([seen(2_000), seen(25_000)], [fault(kind, from)]).duplicates
  expect(duplicate?.because?.kind).toBe(explained ? kind : undefined)
})

test('a superfluous request that fails is retried for the reason that it was made', () => {
  const requests = [seen(2_000), seen(25_000, 500), seen(27_000)]
  const reasons = run(requests, [fault('kill worker', 2_005)]).duplicates.map(({ because }) => because?.kind)
  expect(reasons).toEqual(['kill worker', 'kill worker'])
})

test('a refusal has its reason in the database or in that ingress', () => {
  const refused = [{ n: 1, ingress: 'ingress 1', from: 2_000, to: 2_100, why: '503' }]
  const strange = (faults: Fault[]) =>
    judge({ accepted, refused, receivers: [], seen: [], faults }).strangeRefusals.length
  expect(strange([])).toBe(1)
  expect(strange([fault('empty queue', 2_000)])).toBe(1)
  expect(strange([{ ...fault('kill ingress', 2_000), target: 'ingress 2' }])).toBe(1)
  expect(strange([{ ...fault('kill ingress', 2_000), target: 'ingress 1' }])).toBe(0)
  expect(strange([fault('stop database', 2_000)])).toBe(0)
})

test('a payload that is not its event’s is noticed', () => {
  expect(run([{ ...seen(2_000), n: 2 }]).mixedUp).toBe(1)
})
