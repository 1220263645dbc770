import type { Outcome } from '@redrive/core'
import type { ClaimedDelivery } from '@redrive/store'
import { type Span, stepOf, type Tracing } from '@redrive/tracing'

/** In the trace of the event's publishing, whichever way and however late its delivery came here. */
export function startAttemptSpan(tracing: Tracing, delivery: ClaimedDelivery): Span {
  if (!tracing.isOn) return tracing.start('attempt')
  const { endpoint, event } = delivery
  const url = new URL(endpoint.url)
  return tracing.start('attempt', {
    ...stepOf(delivery.trace, tracing.active()),
    kind: 'client',
    attributes: {
      'http.request.method': 'POST',
      // neither query nor user: they may be secrets
      'url.full': `${url.origin}${url.pathname}`,
      'server.address': url.hostname,
      'redrive.tenant.id': delivery.tenantId,
      'redrive.event.id': event.id,
      'redrive.event.type': event.type,
      'redrive.endpoint.id': endpoint.id,
      'redrive.delivery.id': delivery.id,
      'redrive.attempt': delivery.attemptNumber,
      'redrive.trigger': delivery.trigger,
    },
  })
}

export function noteOutcome(span: Span, outcome: Outcome): void {
  if (outcome.kind === 'response') {
    span.set({ 'http.response.status_code': outcome.status })
    if (outcome.status < 200 || outcome.status > 299) span.fail(`status ${String(outcome.status)}`)
  } else {
    span.set({ 'error.type': outcome.code })
    span.fail(outcome.code)
  }
}
