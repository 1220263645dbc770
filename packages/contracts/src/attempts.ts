import { ATTEMPT_ERROR_CODES, TRIGGERS } from '@redrive/core'
import { z } from 'zod'
import { pageOf } from './lists.ts'
import { id } from './text.ts'
import { timestamp } from './time.ts'

export const attemptErrorCode = z.enum(ATTEMPT_ERROR_CODES)

const error = z.object({ code: attemptErrorCode, message: z.string() }).nullable()
const milliseconds = z.number().nullable()
const headers = z.record(z.string(), z.string())

/** A delivery's last attempt, in short. */
export const attemptSummary = z.object({
  id,
  number: z.int(),
  startedAt: timestamp,
  durationMs: z.number(),
  status: z.int().nullable(),
  error,
})

export const attempt = z.object({
  id,
  deliveryId: id,
  number: z.int(),
  trigger: z.enum(TRIGGERS),
  startedAt: timestamp,
  durationMs: z.number(),
  timings: z.object({
    dns: milliseconds,
    connect: milliseconds,
    tls: milliseconds,
    firstByte: milliseconds,
    total: z.number(),
  }),
  request: z.object({ method: z.string(), url: z.string(), headers }),
  response: z.object({ status: z.int(), headers, body: z.string(), bodyTruncated: z.boolean() }).nullable(),
  outcome: z.enum(['succeeded', 'failed']),
  error,
  /** what was decided next and why, in a sentence */
  decision: z.string(),
  nextAttemptAt: timestamp.nullable(),
})
export const attemptPage = pageOf(attempt)
