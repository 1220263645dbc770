import { createServer } from 'node:http'
import { checkHealth, type HealthCheck, type Log, type Metrics } from '@redrive/runtime'

interface ProbeDeps {
  checks: Record<string, HealthCheck>
  metrics: Metrics
  log: Log
}

const CHECK_MS = 1_000

/**
 * What an orchestrator and a scraper ask a worker: `/livez`, `/readyz`, `/metrics`, as the ingress answers them, and
 * nothing else. Resolves when it listens.
 */
export async function startProbe(
  { checks, metrics, log }: ProbeDeps,
  host: string,
  port: number,
): Promise<{ port: number; close(): Promise<void> }> {
  const answers: Record<string, () => Promise<{ status: number; type: string; body: string }>> = {
    '/livez': () => Promise.resolve(json(200, { status: 'ok' })),
    '/readyz': async () => {
      const health = await checkHealth(checks, CHECK_MS)
      return json(health.status === 'unavailable' ? 503 : 200, health)
    },
    '/metrics': async () => ({ status: 200, type: metrics.contentType, body: await metrics.render() }),
  }
  const server = createServer((request, response) => {
    const answer = request.method === 'GET' ? answers[request.url ?? ''] : undefined
    if (answer === undefined) {
      response.writeHead(404).end()
      return
    }
    answer().then(
      ({ status, type, body }) => response.writeHead(status, { 'content-type': type }).end(body),
      (error: unknown) => {
        log.error('a probe could not be answered', { error })
        response.writeHead(500).end()
      },
    )
  })
  await new Promise<void>((resolve, reject) => {
    server.once('error', reject)
    server.listen(port, host, resolve)
  })
  const address = server.address()
  return {
    port: typeof address === 'object' && address !== null ? address.port : port,
    close: () =>
      new Promise((resolve) => {
        server.close(() => {
          resolve()
        })
        server.closeAllConnections()
      }),
  }
}

function json(status: number, body: object): { status: number; type: string; body: string } {
  return { status, type: 'application/json', body: JSON.stringify(body) }
}
