import { ATTEMPT_ERROR_CODES, TRIGGERS } from '@redrive/core'
import { z } from 'zod'
import { pageOf } from './lists.ts'
import { id } from './text.ts'
import { timestamp } from './time.ts'

export const attemptErrorCode = z
  .enum(ATTEMPT_ERROR_CODES)
  .describe('`http_status`: it was answered, but not with a 2xx. `interrupted`, `internal`: trouble of Redrive’s own')

const error = z
  .object({ code: attemptErrorCode, message: z.string().describe('The same in a sentence') })
  .nullable()
  .describe('What went wrong; null if nothing did')
const milliseconds = z.number().nullable()
const headers = z.record(z.string(), z.string())
const number = z.int().describe('Which of its delivery’s attempts this is, from 1')
const startedAt = timestamp.describe('When the request was begun')
const durationMs = z.number().describe('Milliseconds from the start to the end of the answer, or to the failure')

/** A delivery's last attempt, in short. */
export const attemptSummary = z.object({
  id: id.describe('The attempt’s id'),
  number,
  startedAt,
  durationMs,
  status: z.int().nullable().describe('The HTTP status that came back; null without an answer'),
  error,
})

export const attempt = z.object({
  id: id.describe('The attempt’s id'),
  deliveryId: id.describe('The delivery that this was an attempt of'),
  number,
  trigger: z
    .enum(TRIGGERS)
    .describe('What it was made for: the policy, a person’s retry, a bulk retry, or recovery after a crash'),
  startedAt,
  durationMs,
  timings: z
    .object({
      dns: milliseconds.describe('Looking the name up; null on a connection that was reused'),
      connect: milliseconds.describe('Connecting; null on a connection that was reused'),
      tls: milliseconds.describe('The TLS handshake; null without one'),
      firstByte: milliseconds.describe('From the request to the answer’s first byte; null without an answer'),
      total: z.number().describe('The whole request'),
    })
    .describe('Milliseconds that each phase took; null where the request did not get that far'),
  request: z
    .object({
      method: z.string().describe('Always `POST`'),
      url: z.string().describe('Where it was sent'),
      headers: headers.describe('What was sent, by lower-case name; secrets and sensitive values redacted'),
    })
    .describe('The request; its body is the event’s payload in the endpoint’s `bodyFormat`'),
  response: z
    .object({
      status: z.int().describe('The HTTP status; 200 to 299 is success, and nothing else is'),
      headers: headers.describe('By lower-case name; secrets of yours that it echoes are redacted'),
      body: z.string().describe('As text, up to 16 KiB'),
      bodyTruncated: z.boolean().describe('Whether the body went on beyond what is shown, or was cut off'),
    })
    .nullable()
    .describe('What came back; null without an answer'),
  outcome: z.enum(['succeeded', 'failed']).describe('Whether the receiver has the event'),
  error,
  decision: z.string().describe('What was decided next and why, in a sentence'),
  nextAttemptAt: timestamp.nullable().describe('When the next attempt was planned for; null if none was'),
})
export const attemptPage = pageOf(attempt)
