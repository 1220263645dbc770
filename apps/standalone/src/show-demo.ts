import { randomBytes } from 'node:crypto'
import { join } from 'node:path'
import type { Config } from '@redrive/config'
import type { Shutdown } from '@redrive/runtime'
import { createApi } from './api.ts'
import { CREDENTIALS_FILE, readCredentials, writeCredentials } from './credentials.ts'
import type { DataFolder } from './data-folder.ts'
import { DEMO_EVENT_TYPE, publishDemoEvent, setUpDemo } from './demo.ts'
import type { DemoDelivery } from './demo.ts'
import { keptPort } from './ports.ts'
import { startSampleReceiver } from './sample-receiver.ts'
import type { Receipt } from './sample-receiver.ts'
import type { Screen } from './screen.ts'

/** Receipts after the start are shown, up to so many: the terminal is no log. */
const MAX_SHOWN_RECEIPTS = 20

/** Does the main job before the user's eyes, writes credentials.json, and says what there is now. */
export async function showDemo(options: {
  folder: DataFolder
  baseUrl: string
  operatorKey: string
  screen: Screen
  shutdown: Shutdown
  config: Config
  /** aborted when the start is to be given up */
  signal: AbortSignal
}): Promise<void> {
  const { folder, baseUrl, operatorKey, screen, shutdown } = options
  const receipts = watchReceipts(screen)
  const secret = folder.keep('receiver-secret', () => `whsec_${randomBytes(24).toString('base64')}`)
  const port = await keptPort(folder, 'receiver-port')
  const receiver = await startSampleReceiver({ port, secret, onReceipt: receipts.add })
  shutdown.add('sample receiver', receiver.close)

  const api = createApi(baseUrl)
  const demo = await setUpDemo(api, operatorKey, readCredentials(folder), { url: receiver.url, secret })
  writeCredentials(folder, { baseUrl, operatorKey, ...demo, adminUrl: `${baseUrl}/admin/queues` })

  if (demo.endpointId === null) {
    screen.line('- No demo: a receiver on this machine is refused; DELIVERY_ALLOW_NETWORKS=127.0.0.0/8 lets it in')
  } else {
    const publish = (): Promise<DemoDelivery> => publishDemoEvent(api, demo.tenantKey, options.signal)
    await screen.step('Publishing an event', publish, (delivery) => describe(delivery, receipts.verified(delivery)))
  }
  summarise(options)
  receipts.show()
}

function describe({ attempt }: DemoDelivery, verified: boolean): string {
  if (attempt === null) return 'Published an event; it was not sent yet (the logs may say why)'
  const { url, answer, durationMs } = attempt
  const signature = verified ? 'signature verified' : 'signature NOT verified'
  return `Published an event, delivered to ${url}: ${answer} in ${String(Math.round(durationMs))} ms, ${signature}`
}

function summarise({ folder, baseUrl, screen, config }: Parameters<typeof showDemo>[0]): void {
  const credentials = join(folder.path, CREDENTIALS_FILE)
  const standalone = config.mode === 'standalone'
  screen.line()
  screen.line(`  API      ${baseUrl}`)
  screen.line(`  Queues   ${baseUrl}/admin/queues (log in with the operator's key)`)
  screen.line(`  Docs     ${baseUrl}/docs (the same)`)
  screen.line(`  Keys     ${credentials}`)
  if (standalone) screen.line(`  Logs     ${join(folder.path, 'logs')}`)
  screen.line()
  screen.line('  Publish an event yourself:')
  screen.line()
  screen.line(`  ${curlLine(baseUrl, credentials)}`)
  screen.line()
  if (standalone && config.delivery.allowNetworks.length > 0) {
    screen.line('  Standalone: receivers on this machine are allowed; any other mode refuses private addresses.')
  }
  screen.line('  Ctrl-C stops everything.')
  screen.line()
}

/** Takes the key out of the file, so that no key is left in a terminal's history or a log. */
function curlLine(baseUrl: string, credentials: string): string {
  const script = `require(${JSON.stringify(credentials)}).tenantKey`.replaceAll("'", `'\\''`)
  const body = JSON.stringify({ type: DEMO_EVENT_TYPE, payload: { hello: 'world' } })
  return `curl -sS ${baseUrl}/v1/events -H "authorization: Bearer $(node -p '${script}')" -H 'content-type: application/json' -d '${body}'`
}

function watchReceipts(screen: Screen): {
  add: (receipt: Receipt) => void
  verified: (delivery: DemoDelivery) => boolean
  show: () => void
} {
  const verifiedEvents = new Set<string>()
  let left = 0
  return {
    add: ({ eventId, eventType, verified }) => {
      if (verified && verifiedEvents.size < MAX_SHOWN_RECEIPTS) verifiedEvents.add(eventId)
      if (left <= 0) return
      left -= 1
      screen.line(`  ← ${eventType} at the sample receiver, signature ${verified ? 'verified' : 'NOT verified'}`)
      if (left === 0) screen.line('  ← (further ones are not shown)')
    },
    verified: ({ eventId }) => verifiedEvents.has(eventId),
    show: () => {
      left = MAX_SHOWN_RECEIPTS
    },
  }
}
