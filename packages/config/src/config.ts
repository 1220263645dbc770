import type { BreakerSettings, RetryPolicy } from '@redrive/core'

/** README.md, "Run it". */
export type Mode = 'standalone' | 'postgres' | 'scaled'

/** BullMQ's datastore. The prefix is a hash tag, without which BullMQ does not work on a Redis Cluster. */
export type QueueConfig =
  | { kind: 'postgres'; connectionString: string; poolSize: number }
  | { kind: 'redis'; url: string; prefix: string; shards: number }

export interface ConfigProblem {
  variable: string
  message: string
}

/** Whose JWTs are credentials, and the keys that tell. */
export interface JwtConfig {
  issuer: string
  audience: string
  keys: { kind: 'hs256'; secret: string } | { kind: 'file'; path: string } | { kind: 'url'; url: string }
}

interface CommonConfig {
  /** null: no JWT is accepted */
  jwt: JwtConfig | null
  http: {
    host: string
    port: number
    payloadMaxBytes: number
    /** events a second of one tenant; 0: no limit */
    ingestLimitPerSecond: number
    /** the foreign APIs that are answered; null: all */
    contracts: string[] | null
    /** the proxies in front whose `x-forwarded-*` is believed: how many, or their networks */
    trustProxy: number | string[]
    maxConnections: number
  }
  worker: { concurrency: number; probePort: number | null }
  delivery: {
    allowNetworks: string[]
    deniedPorts: number[]
    /** null: receivers are reached directly */
    proxyUrl: string | null
    /** the HTTP client that requests are made with */
    transport: 'got' | 'undici'
    timeoutSeconds: number
    /** whether receivers get a `traceparent` */
    traceParent: boolean
    retryPolicy: RetryPolicy
    breaker: BreakerSettings
  }
  retention: { days: number }
  shutdown: { seconds: number }
  /** null: nothing is traced */
  tracing: { url: string; ratio: number } | null
  log: { level: 'debug' | 'info' | 'warn' | 'error'; format: 'json' | 'pretty' }
}

/** What a process needs that works on a given database: each ingress and each worker. */
export interface ServiceConfig extends CommonConfig {
  mode: 'postgres' | 'scaled'
  database: { url: string }
  queue: QueueConfig
  security: { operatorKey: string; encryptionKeys: Buffer[] }
}

/** `npm start` without a database of its own choosing. What is null it makes up, and keeps in the data folder. */
export interface StandaloneConfig extends CommonConfig {
  mode: 'standalone'
  database: null
  queue: null
  security: { operatorKey: string | null; encryptionKeys: Buffer[] | null }
}

export type Config = (ServiceConfig | StandaloneConfig) & { dataDir: string }
