import { type Endpoint, maxRetries, redactOwnHeaders, type RetryPolicy, retryDelays } from '@redrive/core'

const MASKED = '********'

/** An endpoint in this contract's words. `secret`: null if the credential may not read it. */
export function renderWebhook(endpoint: Endpoint, secret: string | null, defaultPolicy: RetryPolicy) {
  return {
    id: endpoint.number,
    retry_countdown_config: retryCountdownConfig(endpoint.retryPolicy ?? defaultPolicy),
    created_date: endpoint.createdAt,
    modified_date: endpoint.updatedAt,
    target_url: endpoint.url,
    is_active: endpoint.status === 'active',
    secret_key: secret ?? MASKED,
    event_type: endpoint.eventTypes.join(','),
    callback: endpoint.callbackUrl,
    additional_headers: redactOwnHeaders(endpoint.headers),
    config: endpoint.metadata,
  }
}
export type Webhook = ReturnType<typeof renderWebhook>

/**
 * The retry policy in this contract's words. Its `exponential` has one number for base and factor; a policy in which the
 * two differ is told by its delays.
 */
function retryCountdownConfig(policy: RetryPolicy): { choice: string; kwargs: Record<string, number | number[]> } {
  const max_retries = maxRetries(policy)
  switch (policy.strategy) {
    case 'exponential':
      return policy.baseSeconds === policy.factor
        ? { choice: 'exponential', kwargs: { base: policy.factor, max: policy.maxDelaySeconds, max_retries } }
        : { choice: 'schedule', kwargs: { delays: retryDelays(policy) } }
    case 'linear':
      return { choice: 'linear', kwargs: { step: policy.stepSeconds, max: policy.maxDelaySeconds, max_retries } }
    case 'fixed':
      return { choice: 'fixed', kwargs: { delay: policy.delaySeconds, max_retries } }
    case 'schedule':
      return { choice: 'schedule', kwargs: { delays: policy.delaysSeconds } }
  }
}
