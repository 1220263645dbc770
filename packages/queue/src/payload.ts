import { JOBS, type JobName, type JobPayload } from '@redrive/contracts'
import { z } from 'zod'

/** Parses a job's payload by the catalogue, or says why it can't be one. */
export function parsePayload<N extends JobName>(
  name: N,
  data: unknown,
): { ok: true; payload: JobPayload<N> } | { ok: false; reason: string } {
  const parsed = JOBS[name].safeParse(data)
  if (!parsed.success) return { ok: false, reason: z.prettifyError(parsed.error) }
  // TypeScript does not follow that the schema of N gives the payload of N.
  return { ok: true, payload: parsed.data as JobPayload<N> }
}
