import { randomBytes } from 'node:crypto'
import { PassThrough } from 'node:stream'
import { createSealer, DEFAULT_RETRY_POLICY, type Scope, SCOPES, systemClock } from '@redrive/core'
import { createAddressPolicy } from '@redrive/delivery'
import { createBoard, createProducer, migrateQueue, type NewJob, type QueueBackend } from '@redrive/queue'
import { createLog, createMetrics } from '@redrive/runtime'
import { createTestDatabase } from '@redrive/testkit/postgres'
import { logRecord, note, noteSecrets, noteSecretsIn } from '@redrive/testkit/run-record'
import { createStore } from '@redrive/store'
import { startFaultProxy } from '@redrive/testkit/fault-proxy'
import type { JwtConfig } from '@redrive/config'
import { createJwtVerifier } from '../src/auth/jwt.ts'
import { createIngress, type IngressDeps } from '../src/ingress.ts'
import { BOARD_PATH, deliveryPath } from '../src/operations/admin.ts'

export const OPERATOR_KEY = 'operator-key-of-the-tests-0123456789'
export const ENCRYPTION_KEY = randomBytes(32)
export const PAYLOAD_MAX_BYTES = 64 * 1024

export interface Call {
  key?: string | null
  tenant?: string
  /** sent as JSON */
  json?: unknown
  /** sent as it is */
  text?: string | Buffer
  headers?: Record<string, string>
}

export interface Answer {
  status: number
  headers: Headers
  text: string
  /** the body parsed, whatever shape it has: tests look where they expect something */
  json: Record<string, unknown>
}

/** `{id}` and the like in a route's path, filled in. */
export function fillPath(path: string, ids: Record<string, string>): string {
  return path.replaceAll(/\{(\w+)\}/g, (_all, name: string) => ids[name] ?? name)
}

export type TestIngress = Awaited<ReturnType<typeof startIngress>>

/** A listening ingress on a database of its own, reached through proxies that can be broken. */
export async function startIngress(
  options: {
    queue?: QueueBackend
    limits?: Pick<
      IngressDeps,
      'bodiesMaxBytes' | 'requestsAtOnce' | 'returns' | 'connectionsAtOnce' | 'slowest' | 'trustProxy'
    >
    jwt?: JwtConfig
    contracts?: string[]
    /** logs what store, producer and board say too */
    loud?: boolean
    ingestLimitPerSecond?: number
    /** the database of another, to be one of several ingresses */
    databaseUrl?: string
    queryTimeoutMs?: number
  } = {},
) {
  const database =
    options.databaseUrl === undefined
      ? await createTestDatabase()
      : { url: options.databaseUrl, drop: () => Promise.resolve() }
  const ownQueue: QueueBackend = { kind: 'postgres', connectionString: database.url, poolSize: 2 }
  const queue = options.queue ?? ownQueue
  await migrateQueue(queue)
  noteSecrets(OPERATOR_KEY, ENCRYPTION_KEY.toString('base64'), ENCRYPTION_KEY.toString('hex'))
  const proxied = new URL(database.url)
  const databaseProxy = await startFaultProxy({ host: proxied.hostname, port: Number(proxied.port) })
  proxied.hostname = databaseProxy.host
  proxied.port = String(databaseProxy.port)

  const lines: Record<string, unknown>[] = []
  const output = new PassThrough()
  output.on('data', (chunk: Buffer) => {
    note('logs', chunk.toString())
    for (const line of chunk.toString().trim().split('\n')) lines.push(JSON.parse(line) as Record<string, unknown>)
  })
  const log = createLog({ level: 'debug', format: 'json', output })
  const quiet = options.loud === true ? log : createLog({ level: 'debug', format: 'json', output: logRecord() })
  const store = createStore({
    databaseUrl: proxied.href,
    poolSize: 8,
    queryTimeoutMs: options.queryTimeoutMs ?? 15_000,
    sealer: createSealer([ENCRYPTION_KEY]),
    defaultRetryPolicy: DEFAULT_RETRY_POLICY,
    log: quiet,
  })
  const producer = createProducer({ backend: queue, log: quiet })
  const jobs: NewJob[] = []
  const metrics = createMetrics({ processMetrics: false })
  const board = createBoard({ backend: queue, basePath: BOARD_PATH, deliveryUrl: deliveryPath, log: quiet })
  const ingress = createIngress({
    store,
    // the real one, and a record of what it was given
    producer: {
      ...producer,
      add(added) {
        jobs.push(...added)
        note('jobs', JSON.stringify(added))
        return producer.add(added)
      },
    },
    board,
    addressPolicy: createAddressPolicy({ allowNetworks: ['127.0.0.0/8'], deniedPorts: [25] }),
    metrics,
    log,
    clock: systemClock,
    operatorKey: OPERATOR_KEY,
    jwt: options.jwt ? createJwtVerifier(options.jwt) : null,
    contracts: options.contracts ?? null,
    payloadMaxBytes: PAYLOAD_MAX_BYTES,
    ingestLimitPerSecond: options.ingestLimitPerSecond ?? 0,
    ...options.limits,
    defaultRetryPolicy: DEFAULT_RETRY_POLICY,
    defaultTimeoutSeconds: 15,
    version: '0.0.0-test',
  })
  const address = await ingress.listen('127.0.0.1', 0)
  const url = `http://127.0.0.1:${String(address.port)}`

  async function call(
    method: string,
    path: string,
    { key, tenant, json, text, headers = {} }: Call = {},
  ): Promise<Answer> {
    const body = json === undefined ? text : JSON.stringify(json)
    const response = await fetch(url + path, {
      method,
      redirect: 'manual',
      headers: {
        ...(key === null ? {} : { authorization: `Bearer ${key ?? OPERATOR_KEY}` }),
        ...(tenant === undefined ? {} : { 'redrive-tenant': tenant }),
        ...(body === undefined ? {} : { 'content-type': 'application/json' }),
        ...headers,
      },
      ...(body === undefined ? {} : { body }),
    })
    const answered = await response.text()
    noteSecretsIn(`${String(body)}\n${answered}`)
    if (key != null && key !== OPERATOR_KEY) noteSecrets(key)
    if (!response.ok || path.startsWith('/admin')) note('answers', answered)
    mustFit(method, path, response.status, answered)
    const isJson = response.headers.get('content-type')?.includes('json') === true && answered !== ''
    return {
      status: response.status,
      headers: response.headers,
      text: answered,
      json: (isJson ? JSON.parse(answered) : {}) as Record<string, unknown>,
    }
  }

  /** Whatever a test is about: what succeeds looks as its route's documentation says. */
  function mustFit(method: string, path: string, status: number, text: string): void {
    const isAt = (pattern: string): boolean =>
      new RegExp(`^${pattern.replaceAll(/\{\w+\}/g, '[^/]+')}$`).test(path.split('?')[0] ?? '')
    const route = ingress.routes.find((known) => known.method === method.toLowerCase() && isAt(known.path))
    if (!route || status >= 300) return
    if (status !== route.status && status !== route.alsoStatus)
      throw new Error(`${method} ${path} is answered ${String(status)}, not ${String(route.status)}`)
    if (route.response === null) {
      if (text !== '') throw new Error(`${method} ${path} is answered with a body`)
      return
    }
    const fits = route.response.safeParse(JSON.parse(text))
    if (!fits.success) throw new Error(`${method} ${path} is not answered as documented: ${fits.error.message}`)
  }

  return {
    url,
    port: address.port,
    ingress,
    store,
    producer,
    queue,
    /** what has been handed to the queue */
    jobs,
    databaseProxy,
    databaseUrl: database.url,
    log,
    /** what has been logged, as objects */
    lines,
    /** those of them that say error */
    errors: () => lines.filter((line) => line['level'] === 'error'),
    call,
    /** A tenant with a key for each use. */
    async tenant(name = 'Ours') {
      const made = await call('POST', '/v1/tenants', { json: { name } })
      const id = String(made.json['id'])
      const keyFor = async (...scopes: Scope[]): Promise<string> => {
        const answer = await call('POST', `/v1/tenants/${id}/api-keys`, { json: { name: 'test', scopes } })
        return String(answer.json['key'])
      }
      return { id, key: await keyFor(...SCOPES.filter((scope) => scope !== 'operator')), keyFor }
    },
    async close() {
      databaseProxy.resume()
      await databaseProxy.accept().catch(() => undefined)
      note('metrics', await metrics.render())
      await ingress.close()
      await producer.close()
      await board.close()
      await store.close()
      await databaseProxy.close()
      await database.drop()
    },
  }
}
