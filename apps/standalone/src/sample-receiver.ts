import { createServer } from 'node:http'
import type { IncomingMessage } from 'node:http'
import { Webhook } from 'standardwebhooks'

/** A request that reached the sample receiver. */
export interface Receipt {
  eventId: string
  eventType: string
  verified: boolean
}

export interface SampleReceiver {
  url: string
  close: () => Promise<void>
}

const MAX_BYTES = 1024 * 1024

/**
 * A receiver on the loopback interface as a customer would write one: it verifies the signature with the published
 * `standardwebhooks` package, and answers 204, or 401 if it does not hold.
 */
export async function startSampleReceiver(options: {
  port: number
  secret: string
  onReceipt: (receipt: Receipt) => void
}): Promise<SampleReceiver> {
  const webhook = new Webhook(options.secret)
  const server = createServer((request, response) => {
    readBody(request)
      .then((body) => {
        const verified = verifies(webhook, body, request)
        response.writeHead(verified ? 204 : 401).end()
        options.onReceipt({
          eventId: header(request, 'webhook-id'),
          eventType: header(request, 'redrive-event-type'),
          verified,
        })
      })
      .catch(() => response.destroy())
  })
  await new Promise<void>((resolve, reject) => {
    server.once('error', reject)
    server.listen(options.port, '127.0.0.1', resolve)
  })
  return {
    url: `http://127.0.0.1:${String(options.port)}/webhooks`,
    close: () =>
      new Promise((resolve) => {
        server.close(() => {
          resolve()
        })
        server.closeAllConnections()
      }),
  }
}

function verifies(webhook: Webhook, body: string, request: IncomingMessage): boolean {
  const names = ['webhook-id', 'webhook-timestamp', 'webhook-signature']
  try {
    webhook.verify(body, Object.fromEntries(names.map((name) => [name, header(request, name)])))
    return true
  } catch {
    return false
  }
}

function header(request: IncomingMessage, name: string): string {
  return String(request.headers[name] ?? '')
}

async function readBody(request: IncomingMessage): Promise<string> {
  const chunks: Buffer[] = []
  let size = 0
  for await (const chunk of request) {
    // Without an encoding a request yields buffers.
    const bytes = chunk as Buffer
    size += bytes.length
    if (size > MAX_BYTES) throw new Error('too large')
    chunks.push(bytes)
  }
  return Buffer.concat(chunks).toString('utf8')
}
