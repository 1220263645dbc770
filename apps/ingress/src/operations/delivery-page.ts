import { createHash } from 'node:crypto'
import type { Attempt, Delivery } from '@redrive/core'

const STYLE = `body{font:15px/1.5 system-ui,sans-serif;background:#151a21;color:#dfe5ec;max-width:72rem;margin:2rem auto;padding:0 1rem}
h1{font-size:1.25rem}h2{font-size:1rem;margin:2rem 0 .5rem}a{color:#8ab4ff}
table{border-collapse:collapse;width:100%}th,td{text-align:left;vertical-align:top;padding:.3rem .8rem .3rem 0;border-bottom:1px solid #2b3440}
th{color:#93a1b1;font-weight:500;white-space:nowrap}td{overflow-wrap:anywhere}pre{white-space:pre-wrap;overflow-wrap:anywhere;margin:0;max-height:12rem;overflow:auto}`

/** The page has no script and loads nothing. */
export const DELIVERY_PAGE_POLICY = `default-src 'none'; style-src 'sha256-${createHash('sha256').update(STYLE).digest('base64')}'; base-uri 'none'; form-action 'none'; frame-ancestors 'none'`

type Row = readonly [name: string, value: string | number | Date | null]

/** A delivery and its newest attempts for people to read. What receivers said is text, and never markup. */
export function deliveryPage(delivery: Delivery, attempts: readonly Attempt[]): string {
  const { failure } = delivery
  const rows: Row[] = [
    ['Status', delivery.status],
    ['Event type', delivery.eventType],
    ['Event', delivery.eventId],
    ['Endpoint', delivery.endpointId],
    ['URL', delivery.url],
    ['Tenant', delivery.tenantId],
    ['Attempts', `${String(delivery.attemptCount)} (at most ${String(delivery.maxAttempts)} by the policy)`],
    ['Next attempt', delivery.nextAttemptAt],
    ['Failure', failure && `${failure.code}: ${failure.message}`],
    ['Created', delivery.createdAt],
    ['Completed', delivery.completedAt],
  ]
  return `<!doctype html>
<html lang="en"><head><meta charset="utf-8"><meta name="viewport" content="width=device-width,initial-scale=1">
<title>Delivery ${text(delivery.id)}</title><style>${STYLE}</style></head>
<body><p><a href="/admin/queues">Queues</a></p>
<h1>Delivery ${text(delivery.id)}</h1>
${table(rows)}
${attempts.map(attemptSection).join('\n')}
</body></html>
`
}

function attemptSection(attempt: Attempt): string {
  const { response, error } = attempt
  const rows: Row[] = [
    ['Started', attempt.startedAt],
    ['Took', `${String(attempt.durationMs)} ms`],
    ['Outcome', error ? `${attempt.outcome}: ${error.code}: ${error.message}` : attempt.outcome],
    ['Decision', attempt.decision],
    ['Status', response?.status ?? null],
    ['Answer', response && response.body + (response.bodyTruncated ? '…' : '')],
  ]
  return `<h2>Attempt ${String(attempt.number)}, ${text(attempt.trigger)}</h2>\n${table(rows)}`
}

function table(rows: readonly Row[]): string {
  const lines = rows.flatMap(([name, value]) =>
    value === null ? [] : [`<tr><th>${text(name)}</th><td><pre>${text(display(value))}</pre></td></tr>`],
  )
  return `<table>${lines.join('\n')}</table>`
}

function display(value: string | number | Date): string {
  return value instanceof Date ? value.toISOString() : String(value)
}

const ENTITIES: Readonly<Record<string, string>> = {
  '&': '&amp;',
  '<': '&lt;',
  '>': '&gt;',
  '"': '&quot;',
  "'": '&#39;',
}

function text(value: string): string {
  return value.replaceAll(/[&<>"']/g, (character) => ENTITIES[character] ?? '')
}
