import { DEFAULT_RETRY_POLICY } from '@redrive/core'
import type { RetryPolicy } from '@redrive/core'
import { retryPolicy } from '@redrive/contracts'
import { z } from 'zod'

/** A retry policy as JSON text, checked as the API checks an endpoint's. */
export const retryPolicyText = z
  .string()
  .transform((text, context): unknown => {
    try {
      return JSON.parse(text)
    } catch {
      context.addIssue('must be JSON, such as {"strategy":"fixed","delaySeconds":60,"maxRetries":10,"jitter":0.2}')
      return z.NEVER
    }
  })
  .pipe(retryPolicy)
  .default(DEFAULT_RETRY_POLICY satisfies RetryPolicy)
