import { expect, test } from '@jest/globals'
import type { Fault, FaultKind } from '../src/faults.ts'
import { judge, type RecordedAttempt } from '../src/judge.ts'
import type { Seen } from '../src/receivers.ts'

const accepted = [{ n: 1, eventId: 'e', acceptedAt: 1_000, tookMs: 5 }]
const seen = (receivedAt: number, status = 200, attempt = 1): Seen => ({
  receiver: 'a',
  eventId: 'e',
  attempt,
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
/** Claimed at 1990, its lease closed at 22000. */
const record = (number: number, error: string | null = null): RecordedAttempt => ({
  receiver: 'a',
  eventId: 'e',
  number,
  error,
  startedAt: 1_990,
  endedAt: error === null ? 2_010 : 22_000,
})
const run = (requests: Seen[], faults: Fault[] = [], attempts: RecordedAttempt[] = [record(1, 'interrupted')]) =>
  judge({ accepted, refused: [], receivers: ['a'], seen: requests, attempts, faults })

test('what was accepted and never answered with success is lost', () => {
  expect(run([]).lost).toHaveLength(1)
  expect(run([seen(2_000, 500)]).lost).toEqual([{ receiver: 'a', n: 1, eventId: 'e' }])
  expect(run([seen(2_000, 500), seen(3_000)])).toMatchObject({ lost: [], delivered: 1, delaysMs: [2_000] })
})

test('a retry after a failure is no duplicate, and a request after a success is one', () => {
  expect(run([seen(2_000, 500), seen(3_000)]).duplicates).toEqual([])
  expect(run([seen(2_000), seen(3_000)]).duplicates).toMatchObject([{ because: null }])
})

test.each<[FaultKind, number, number, boolean]>([
  ['kill worker', 2_005, 2_105, true],
  // it had left, but the receiver had not read it yet
  ['kill worker', 1_995, 2_095, true],
  ['kill worker', 1_400, 1_500, false],
  ['kill worker', 9_000, 9_100, false],
  ['pause worker', 2_005, 27_005, true],
  ['pause worker', 2_005, 8_000, false],
  ['pause worker', 1_000, 26_000, false],
  ['pause worker', 9_000, 34_000, false],
  // back in time for the record, and away until the lease had ended
  ['hang database', 2_005, 7_000, false],
  ['hang database', 2_005, 15_000, true],
  ['stop database', 2_005, 2_105, false],
  ['restart worker', 2_005, 2_105, false],
  ['empty queue', 2_005, 2_105, false],
  ['kill ingress', 2_005, 2_105, false],
])('%s from %i to %i explains that what arrived at 2000 comes again: %s', (kind, from, to, explained) => {
  const [duplicate] = run([seen(2_000), seen(25_000, 200, 2)], [fault(kind, from, to)]).duplicates
  expect(duplicate?.because?.kind).toBe(explained ? kind : undefined)
})

test('a worker that dies while it waits for the database with an answer explains it, though late', () => {
  const faults = [fault('stop database', 2_005, 6_000), fault('kill worker', 9_000)]
  expect(run([seen(2_000), seen(25_000, 200, 2)], faults).duplicates[0]?.because?.kind).toBe('kill worker')
})

test('an orderly restart explains it only while the database is away', () => {
  const restart = fault('restart worker', 2_005, 8_000)
  const requests = [seen(2_000), seen(25_000, 200, 2)]
  const hang = (from: number): Fault => fault('hang database', from, from + 4_000)
  expect(run(requests, [hang(1_900), restart]).duplicates[0]?.because?.kind).toBe('restart worker')
  expect(run(requests, [hang(12_000), restart]).duplicates[0]?.because).toBeNull()
})

test('what the ledger knew to have succeeded has no excuse', () => {
  const kill = [fault('kill worker', 2_005)]
  expect(run([seen(2_000), seen(3_000, 200, 2)], kill, [record(1), record(2)]).duplicates).toMatchObject([
    { untold: null, because: null },
  ])
  expect(run([seen(2_000), seen(3_000, 200, 1)], kill, [record(1)]).duplicates).toMatchObject([{ because: null }])
})

test('a request whose sender stood still before it, and was overtaken, is explained by that', () => {
  const attempts = [record(1, 'interrupted'), record(2)]
  const requests = [seen(22_100, 200, 2), seen(27_100, 200, 1)]
  expect(run(requests, [fault('pause worker', 2_000, 27_000)], attempts).duplicates).toMatchObject([
    { untold: 1, because: { kind: 'pause worker' } },
  ])
  expect(run(requests, [fault('pause worker', 9_000, 10_000)], attempts).duplicates).toMatchObject([{ because: null }])
})

test('a success that its sender recorded as a timeout is explained by its standing still, and by nothing else', () => {
  const attempts = [record(1, 'timeout'), record(2)]
  const requests = [seen(2_000), seen(28_000, 200, 2)]
  expect(run(requests, [fault('pause worker', 2_005, 27_005)], attempts).duplicates[0]?.because).not.toBeNull()
  expect(run(requests, [fault('kill worker', 2_005)], attempts).duplicates[0]?.because).toBeNull()
})

test('a superfluous request that fails is retried for the reason that it was made', () => {
  const requests = [seen(2_000), seen(25_000, 500), seen(27_000)]
  const reasons = run(requests, [fault('kill worker', 2_005)]).duplicates.map(({ because }) => because?.kind)
  expect(reasons).toEqual(['kill worker', 'kill worker'])
})

test('a refusal has its reason in the database or in that ingress', () => {
  const refused = [{ n: 1, ingress: 'ingress 1', from: 2_000, to: 2_100, why: '503' }]
  const strange = (faults: Fault[]) =>
    judge({ accepted, refused, receivers: [], seen: [], attempts: [], faults }).strangeRefusals.length
  expect(strange([])).toBe(1)
  expect(strange([fault('empty queue', 2_000)])).toBe(1)
  expect(strange([{ ...fault('kill ingress', 2_000), target: 'ingress 2' }])).toBe(1)
  expect(strange([{ ...fault('kill ingress', 2_000), target: 'ingress 1' }])).toBe(0)
  expect(strange([fault('stop database', 2_000)])).toBe(0)
})

test('a payload that is not its event’s is noticed', () => {
  expect(run([{ ...seen(2_000), n: 2 }]).mixedUp).toBe(1)
})
