import { once } from 'node:events'
import { createServer, type IncomingMessage } from 'node:http'
import { verify, WebhookVerificationError } from '@redrive/client'
import type { Command } from './command.ts'
import { printable, UsageError } from './io.ts'

const MAX_BODY_BYTES = 1024 * 1024

/** A receiver on this machine that verifies what comes and prints it. */
export const listen: Command = {
  usage: 'listen',
  summary: 'Receive webhooks on this machine, verify and print them, until Ctrl-C',
  options: ['port', 'secret'],
  async run({ options: { port = '4000', secret }, io, print }) {
    if (secret === undefined) throw new UsageError('Name the endpoint’s signing secret: --secret whsec_...')
    const server = createServer((request, response) => {
      receive(request).then(
        (body) => {
          const { status, shown, text } = judge(request, body, secret)
          print(shown, () => text)
          response.writeHead(status).end()
        },
        () => response.writeHead(413).end(),
      )
    })
    server.listen(Number(port), '127.0.0.1')
    await once(server, 'listening')
    const address = server.address()
    io.err(`Listening on http://127.0.0.1:${String(typeof address === 'object' ? address?.port : port)}\n`)
    if (!io.signal.aborted) await once(io.signal, 'abort')
    server.closeAllConnections()
    server.close()
    return undefined
  },
}

function judge({ headers }: IncomingMessage, body: Buffer, secret: string) {
  try {
    const webhook = verify({ secret, headers, body })
    const text = `verified  ${webhook.eventType ?? '-'}  ${webhook.id}  attempt ${String(webhook.attempt ?? '-')}  ${body.toString()}`
    return { status: 204, shown: { verified: true, ...webhook }, text: printable(text) }
  } catch (error) {
    if (!(error instanceof WebhookVerificationError)) throw error
    return { status: 401, shown: { verified: false, problem: error.message }, text: `REFUSED   ${error.message}` }
  }
}

async function receive(request: IncomingMessage): Promise<Buffer> {
  const chunks: Buffer[] = []
  let bytes = 0
  for await (const chunk of request as AsyncIterable<Buffer>) {
    bytes += chunk.length
    if (bytes > MAX_BODY_BYTES) throw new RangeError('too large')
    chunks.push(chunk)
  }
  return Buffer.concat(chunks)
}
