import { DEFAULT_RETRY_POLICY } from '@redrive/core'
import type { RetryPolicy } from '@redrive/core'
import { z } from 'zod'

/** The installation's default. Until contracts has the schema of a policy, only the built-in one is taken. */
export const retryPolicyText = z
  .string()
  .transform((_text, context): RetryPolicy => {
    context.addIssue('can not be set yet')
    return z.NEVER
  })
  .default(DEFAULT_RETRY_POLICY)
