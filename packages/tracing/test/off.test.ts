import { execFileSync } from 'node:child_process'
import { fileURLToPath } from 'node:url'
import { expect, test } from '@jest/globals'

/** prom-client looks at OpenTelemetry's API, which is small and does nothing by itself. */
const WATCH = `
import { registerHooks } from 'node:module'
const loaded = []
registerHooks({ resolve: (name, context, next) => { loaded.push(name); return next(name, context) } })
const { openTracing } = await import('./packages/tracing/src/index.ts')
const { createIngress } = await import('./apps/ingress/src/ingress.ts')
const { createWorker } = await import('./apps/worker/src/worker.ts')
const options = { url: 'http://127.0.0.1:9/v1/traces', ratio: 1, service: 'x', version: '1', onTrouble() {} }
await openTracing(process.env.TRACE === 'on' ? options : null)
console.log(JSON.stringify(loaded.filter((name) => /otel|@opentelemetry.(?!api$)/.test(name))))
process.exit(0)
`

test.each([
  ['off', false],
  ['on', true],
])('with tracing %s, OpenTelemetry is loaded: %s', (trace, expected) => {
  const out = execFileSync(
    process.execPath,
    ['--disable-warning=ExperimentalWarning', '--input-type=module', '-e', WATCH],
    {
      cwd: fileURLToPath(new URL('../../..', import.meta.url)),
      env: { PATH: process.env['PATH'] ?? '', TRACE: trace },
      encoding: 'utf8',
    },
  )
  const loaded = JSON.parse(out) as string[]
  expect(loaded.length > 0).toBe(expected)
})
