import { execFile, spawn } from 'node:child_process'
import { mkdtemp, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { promisify } from 'node:util'
import { afterAll, beforeAll, expect, test } from '@jest/globals'
import { createClient } from '@redrive/client'
import { eventually } from '@redrive/testkit/conditions'
import { startReceiver } from '@redrive/testkit/receiver'
import { Webhook } from 'standardwebhooks'
import { OPERATOR_KEY, startIngress, type TestIngress } from '../../ingress/test/harness.ts'

const BIN = fileURLToPath(new URL('../bin/redrive.mjs', import.meta.url))

let ingress: TestIngress
let folder: string
let tenantId: string
let key: string
beforeAll(async () => {
  ingress = await startIngress()
  const tenant = await ingress.tenant()
  tenantId = tenant.id
  key = tenant.key
  folder = await mkdtemp(join(tmpdir(), 'redrive-cli-'))
  const credentials = { baseUrl: ingress.url, operatorKey: OPERATOR_KEY, tenantKey: key, tenantId }
  await writeFile(join(folder, 'credentials.json'), JSON.stringify(credentials))
})
afterAll(async () => {
  await ingress.close()
  await rm(folder, { recursive: true })
})

function start(...args: string[]) {
  const child = spawn(process.execPath, [BIN, ...args], {
    env: { PATH: process.env['PATH'], REDRIVE_DATA_DIR: folder },
  })
  const said = { out: '', err: '' }
  child.stdout.on('data', (chunk: Buffer) => (said.out += chunk.toString()))
  child.stderr.on('data', (chunk: Buffer) => (said.err += chunk.toString()))
  const ended = new Promise<{ code: number | null; out: string; err: string }>((resolve) => {
    child.on('close', (code) => {
      resolve({ code, ...said })
    })
  })
  /** Resolves with what has been said once it holds this. */
  const says = async (stream: 'out' | 'err', text: RegExp): Promise<string> => {
    while (!text.test(said[stream])) {
      if (child.exitCode !== null) throw new Error(`it has ended: ${said.err}`)
      await new Promise((resolve) => child[stream === 'out' ? 'stdout' : 'stderr'].once('data', resolve))
    }
    return said[stream]
  }
  return { child, ended, says }
}

const redrive = (...args: string[]) => start(...args).ended

test('publishes, and finds its way by credentials.json', async () => {
  const { code, out } = await redrive('publish', 'order.shipped', '{"total": 3}', '--json')
  expect(code).toBe(0)
  const { id } = JSON.parse(out) as { id: string }
  const found = await createClient({ baseUrl: ingress.url, key }).events.get(id)
  expect(found.payload).toEqual({ total: 3 })
})

test('an endpoint’s life, in tables', async () => {
  const made = await redrive('endpoints', 'create', 'http://127.0.0.1:9/hooks', '--types', 'order.*,refund.made')
  expect(made.out).toMatch(/secret whsec_/)
  const id = /[0-9a-f-]{36}/.exec(made.out)?.[0] ?? ''
  expect((await redrive('endpoints', 'pause', id)).out).toContain('paused')
  const { out } = await redrive('endpoints', 'list')
  expect(out).toMatch(/^ENDPOINT +STATUS/)
  expect(out).toContain('order.*,refund.made')
  expect((await redrive('endpoints', 'delete', id)).code).toBe(0)
})

test('tenants and keys with the operator’s key', async () => {
  expect((await redrive('tenants', 'create', 'Theirs', '--slug', 'theirs')).out).toContain('(theirs)')
  const { out } = await redrive('keys', 'create', tenantId, 'ci', '--scopes', 'events:read')
  expect(out).toMatch(/^rdk_/)
  expect((await redrive('list', '--url', ingress.url, '--key', out.trim())).code).toBe(1)
})

test('exit codes: refused, not understood, no answer', async () => {
  const refused = await redrive('publish', 'no type')
  expect([refused.code, refused.out]).toEqual([1, ''])
  expect(refused.err).toContain('/type')
  expect((await redrive('publish')).code).toBe(2)
  expect((await redrive('publish', 'a.b', '{')).code).toBe(2)
  expect((await redrive('dance')).code).toBe(2)
  expect((await redrive('list', '--colour')).code).toBe(2)
  expect((await redrive('list', '--url', 'http://127.0.0.1:45', '--key', 'k')).code).toBe(3)
  expect((await redrive('help')).out).toContain('bulk-retry')
})

test('a proxy’s page is no answer of Redrive', async () => {
  const proxy = await startReceiver({ answer: { body: '<html>Welcome</html>' } })
  const { code, out, err } = await redrive('tenants', 'create', 'x', '--url', proxy.url)
  await proxy.close()
  expect([code, out, proxy.requests.length]).toEqual([3, '', 1])
  expect(err).toMatch(/^No answer from http:\S+: .*not valid JSON\n$/)
})

test('listens: what is signed is printed, what is not is refused', async () => {
  const secret = 'whsec_MfKQ9r8GKYqrTwjUPD8ILPZIo2LaLaSw'
  const { child, ended, says } = start('listen', '--port', '0', '--secret', secret)
  const url = /http:\S+/.exec(await says('err', /http:\S+/))?.[0] ?? ''
  expect((await fetch(url, { method: 'POST', body: '{}' })).status).toBe(401)
  await says('out', /REFUSED/)
  const signed = new Webhook(secret)
  const at = new Date()
  const body = '{"total":3}'
  const answer = await fetch(url, {
    method: 'POST',
    body,
    headers: {
      'webhook-id': 'evt-1',
      'webhook-timestamp': String(Math.floor(at.getTime() / 1000)),
      'webhook-signature': signed.sign('evt-1', at, body),
      'redrive-event-type': 'order.paid',
      'redrive-attempt': '2',
    },
  })
  expect(answer.status).toBe(204)
  await says('out', /verified {2}order\.paid {2}evt-1 {2}attempt 2 {2}\{"total":3\}/)
  child.kill('SIGTERM')
  expect((await ended).code).toBe(0)
})

test('the doctor looks at everything, and an endpoint that can’t be reached is a problem', async () => {
  const { out } = await redrive('doctor', '--json')
  const findings = JSON.parse(out) as { check: string; ok: boolean }[]
  const ok = (check: string) => findings.find((finding) => finding.check === check)?.ok
  expect([ok('config'), ok('api'), ok('database'), ok('queue'), ok('clock')]).toEqual([true, true, true, true, true])
  await redrive('endpoints', 'create', 'http://127.0.0.1:9/hooks')
  const unwell = await redrive('doctor')
  expect(unwell.code).toBe(1)
  expect(unwell.out).toMatch(/PROBLEM +egress/)
})

test('a bulk retry is counted before it is made', async () => {
  const { code, out } = await redrive('bulk-retry', '--dry-run')
  expect([code, out]).toEqual([0, '0 deliveries would be sent again\n'])
})

test('lists are as long as they are, however many an answer of the API holds', async () => {
  const client = createClient({ baseUrl: ingress.url, key: OPERATOR_KEY })
  await Promise.all(Array.from({ length: 260 }, (_, at) => client.tenants.create({ name: `Tenant ${String(at)}` })))
  const { out } = await redrive('tenants', 'list')
  expect(out.split('\n').filter((line) => line.includes('Tenant ')).length).toBe(260)
})

/** What a terminal gets to see of it. */
function inTerminal(...args: string[]): Promise<string> {
  const command = [process.execPath, BIN, ...args].map((word) => `'${word}'`).join(' ')
  const child = spawn('script', ['-qec', command, '/dev/null'], {
    env: { PATH: process.env['PATH'], REDRIVE_DATA_DIR: folder, TERM: 'xterm', SHELL: '/bin/sh' },
    stdio: ['ignore', 'pipe', 'inherit'],
  })
  let seen = ''
  child.stdout.on('data', (chunk: Buffer) => (seen += chunk.toString()))
  return new Promise((resolve, reject) => {
    child.once('error', reject)
    child.on('close', () => {
      resolve(seen)
    })
  })
}

test('a bulk retry, and an endpoint’s recovery, have a progress bar in a terminal and none elsewhere', async () => {
  const made = await redrive('endpoints', 'create', 'http://127.0.0.1:9/hooks', '--json')
  const { id } = JSON.parse(made.out) as { id: string }
  const running = inTerminal('bulk-retry', '--endpoint', id)
  const client = createClient({ baseUrl: ingress.url, key })
  // no worker is here that would do the work: whoever cancels it ends it
  await cancelWhenThere(client)
  const seen = await running
  expect(seen).toMatch(/\r\[[#.]{30}\] +\d+% of \d+/)
  expect(seen).toMatch(/cancelled: 0 queued, 0 skipped/)

  const recovery = redrive('endpoints', 'recover', id, '--since', new Date(Date.now() - 3_600_000).toISOString())
  await cancelWhenThere(client)
  const { code, err, out } = await recovery
  expect([code, err]).toEqual([1, ''])
  expect(out).toMatch(/cancelled/)
  expect((await redrive('endpoints', 'recover', id)).code).toBe(2)
})

async function cancelWhenThere(client: ReturnType<typeof createClient>): Promise<void> {
  let id: string | undefined
  await eventually(async () => {
    const { data } = await client.retries.list().page()
    id = data.find(({ status }) => status === 'running')?.id
    return id !== undefined
  }, 'the retry to be running')
  await client.retries.cancel(id ?? '')
}

test('as it is published, the program needs no more than its tarball', async () => {
  const env = { ...process.env, NODE_OPTIONS: '' }
  const root = fileURLToPath(new URL('..', import.meta.url))
  // not the synchronous one: the ingress that answers is in this process
  const run = async (command: string, args: string[], cwd: string): Promise<string> =>
    (await promisify(execFile)(command, args, { cwd, env })).stdout
  await run(process.execPath, ['scripts/dist.ts'], root)
  const [packed] = JSON.parse(await run('npm', ['pack', './dist', '--json', '--pack-destination', folder], root)) as {
    filename: string
    files: { path: string }[]
  }[]
  expect(packed?.files.map(({ path }) => path).sort()).toEqual(['LICENSE', 'README.md', 'package.json', 'redrive.mjs'])
  const empty = await mkdtemp(join(tmpdir(), 'redrive-cli-empty-'))
  await run('npm', ['install', '--offline', '--no-audit', '--no-fund', join(folder, packed?.filename ?? '')], empty)
  const program = join(empty, 'node_modules', '.bin', 'redrive')
  const out = await run(program, ['publish', 'order.packed', '--url', ingress.url, '--key', key, '--json'], empty)
  expect(JSON.parse(out)).toMatchObject({ type: 'order.packed' })
  await rm(empty, { recursive: true })
})
