import { describe, expect, test } from '@jest/globals'
import type { AttemptErrorCode, NextInput, Outcome } from '@redrive/core'
import { ATTEMPT_ERROR_CODES, attemptError, countsForPolicy, whatNext } from '@redrive/core'

const now = new Date('2026-03-04T05:06:07.000Z')
const seen = {
  startedAt: now,
  durationMs: 1,
  timings: { dns: null, connect: null, tls: null, firstByte: null, total: 1 },
}

function answered(status: number, headers: Record<string, string> = {}): Outcome {
  return { ...seen, kind: 'response', status, headers, body: '', bodyTruncated: false }
}

function failed(code: Exclude<AttemptErrorCode, 'http_status'>): Outcome {
  return { ...seen, kind: 'error', code, message: `It failed: ${code}.` }
}

function decide(outcome: Outcome, more: Partial<NextInput> = {}) {
  return whatNext({
    outcome,
    policyAttempts: 0,
    mode: 'policy',
    policy: { strategy: 'schedule', delaysSeconds: [10, 100], jitter: 0.2 },
    expiresAt: null,
    now,
    random: () => 0.5,
    ...more,
  })
}

const inSeconds = (seconds: number) => new Date(now.getTime() + seconds * 1000)
const errors = ATTEMPT_ERROR_CODES.filter((code) => code !== 'http_status')

describe('success', () => {
  test.each([200, 201, 204, 206, 299])('%d', (status) => {
    expect(decide(answered(status))).toMatchObject({ kind: 'succeed' })
    expect(attemptError(answered(status))).toBeNull()
  })

  test.each([199, 300, 302, 304, 400, 404, 500, 599, 700])('%d is none', (status) => {
    expect(decide(answered(status))).toMatchObject({ kind: 'retry', at: inSeconds(10) })
    expect(attemptError(answered(status))).toMatchObject({ code: 'http_status' })
  })
})

describe('by the policy', () => {
  test('each attempt waits its own delay, and the last gives up with what went wrong', () => {
    expect(decide(answered(500), { policyAttempts: 0 })).toMatchObject({ at: inSeconds(10) })
    expect(decide(answered(500), { policyAttempts: 1 })).toMatchObject({ at: inSeconds(100) })
    expect(decide(answered(500), { policyAttempts: 2 })).toEqual({
      kind: 'give_up',
      failure: { code: 'http_status', message: 'The endpoint answered 500 Internal Server Error.' },
      disableEndpoint: null,
      reason: "Gave up. No retries are left of the policy's 2.",
    })
  })

  test('the reason is a sentence', () => {
    expect(decide(answered(500))).toMatchObject({ reason: 'Retry 1 of 2 follows in 10 s, by the retry policy.' })
    expect(decide(answered(500), { policyAttempts: 1 })).toMatchObject({
      reason: 'Retry 2 of 2 follows in 1.7 min, by the retry policy.',
    })
  })

  test.each(errors.filter((code) => code !== 'interrupted'))('%s is retried, and gives up in the end', (code) => {
    expect(countsForPolicy(failed(code))).toBe(true)
    expect(decide(failed(code))).toMatchObject({ kind: 'retry', at: inSeconds(10) })
    expect(decide(failed(code), { policyAttempts: 2 })).toMatchObject({
      failure: { code, message: `It failed: ${code}.` },
      disableEndpoint: null,
    })
  })

  test('once is once', () => {
    expect(decide(answered(500), { mode: 'once' })).toMatchObject({ kind: 'give_up', failure: { code: 'http_status' } })
    expect(decide(answered(200), { mode: 'once' })).toMatchObject({ kind: 'succeed' })
  })

  test.each(['policy', 'once'] as const)('an interruption uses up nothing (mode %s)', (mode) => {
    expect(countsForPolicy(failed('interrupted'))).toBe(false)
    expect(decide(failed('interrupted'), { mode, policyAttempts: 2 })).toMatchObject({
      kind: 'retry',
      at: inSeconds(1),
    })
  })
})

describe('answers that rule out a retry', () => {
  const schedule = { strategy: 'schedule' as const, delaysSeconds: [10], jitter: 0 }

  test.each(['policy', 'once'] as const)('410 disables the endpoint (mode %s)', (mode) => {
    expect(decide(answered(410), { mode, policy: { ...schedule, retryOn: { statuses: ['410'] } } })).toMatchObject({
      kind: 'give_up',
      failure: { code: 'http_status' },
      disableEndpoint: 'The endpoint answered 410 Gone.',
    })
  })

  test.each([
    [{ giveUpOn: { statuses: ['4xx'] } }, 404, 'give_up'],
    [{ giveUpOn: { statuses: ['4xx'] } }, 500, 'retry'],
    [{ retryOn: { statuses: ['5xx', '429'] } }, 404, 'give_up'],
    [{ retryOn: { statuses: ['5xx', '429'] } }, 429, 'retry'],
    [{ retryOn: { statuses: ['5xx'] }, giveUpOn: { statuses: ['501'] } }, 501, 'give_up'],
    [{ retryOn: { statuses: [] } }, 500, 'give_up'],
  ])('%j and %d: %s', (conditions, status, kind) => {
    expect(decide(answered(status), { policy: { ...schedule, ...conditions } })).toMatchObject({ kind })
  })

  test('trouble without an answer is retried whatever the statuses', () => {
    const policy = { ...schedule, retryOn: { statuses: [] }, giveUpOn: { statuses: ['3xx', '4xx', '5xx'] } }
    expect(decide(failed('dns'), { policy })).toMatchObject({ kind: 'retry' })
  })
})

describe('Retry-After', () => {
  test.each([
    [429, '60', 60],
    [503, '60', 60],
    [503, '3', 10],
    [500, '60', 10],
    [429, 'never', 10],
    [429, '999999999', 86_400],
  ])('%d with %s: %d s', (status, header, seconds) => {
    expect(decide(answered(status, { 'retry-after': header }))).toMatchObject({ kind: 'retry', at: inSeconds(seconds) })
  })

  test('is compared with the delay after jitter', () => {
    const outcome = answered(429, { 'retry-after': '11' })
    expect(decide(outcome, { random: () => 0 })).toMatchObject({ at: inSeconds(11) })
    expect(decide(outcome, { random: () => 0.99999999 })).toMatchObject({ at: inSeconds(12) })
  })
})

describe('an event that expires', () => {
  test.each([
    [9, 'give_up'],
    [10, 'retry'],
  ])('in %d s, with the retry due in 10: %s', (seconds, kind) => {
    expect(decide(answered(500), { expiresAt: inSeconds(seconds) })).toMatchObject({ kind })
  })

  test('ends as expired, and says what went wrong before', () => {
    expect(decide(answered(500), { expiresAt: inSeconds(9) })).toMatchObject({
      failure: { code: 'expired', message: expect.stringContaining('500 Internal Server Error') },
      disableEndpoint: null,
    })
  })

  test('has not expired if its last retry failed in time', () => {
    expect(decide(answered(500), { policyAttempts: 2, expiresAt: inSeconds(1) })).toMatchObject({
      failure: { code: 'http_status' },
    })
  })
})
