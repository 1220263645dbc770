import type { Config, ConfigProblem, Mode, QueueConfig, ServiceConfig } from './config.ts'
import { MAKE_A_KEY } from './values.ts'
import { jwtConfig, jwtProblems } from './jwt.ts'
import { EMPTY_MEANS_SOMETHING, type Values, variables } from './variables.ts'

export type Environment = Record<string, string | undefined>

/** Everything that is wrong with the environment, by variable. Repeats no values, which may be secret. */
export class ConfigError extends Error {
  override readonly name = 'ConfigError'
  readonly code = 'CONFIG'
  readonly problems: ConfigProblem[]

  constructor(problems: ConfigProblem[]) {
    super(problems.map(({ variable, message }) => `${variable}: ${message}`).join('\n'))
    this.problems = problems
  }
}

const LOOPBACK = ['127.0.0.0/8', '::1/128']
/** Measured: two or three connections a process are best, and more of them deadlock. */
const QUEUE_POOL_SIZE = 3
const QUEUE_PREFIX = '{redrive}'

/**
 * The configuration of `npm start`, from environment variables; `variables.ts` lists them.
 * @throws ConfigError with all problems at once
 */
export function parseConfig(env: Environment): Config {
  const { problems, values } = read(env)
  if (env['DATABASE_URL'] || env['REDIS_URL']) problems.push(...missingForService(env))
  if (values === null || problems.length > 0) throw new ConfigError(problems)
  const dataDir = values.REDRIVE_DATA_DIR
  if (values.DATABASE_URL !== undefined) return { ...service(values, values.DATABASE_URL), dataDir }
  return {
    ...common(values, 'standalone'),
    mode: 'standalone',
    database: null,
    queue: null,
    security: {
      operatorKey: values.REDRIVE_OPERATOR_KEY ?? null,
      encryptionKeys: values.REDRIVE_ENCRYPTION_KEYS ?? null,
    },
    dataDir,
  }
}

/**
 * The configuration of one ingress or worker, which always needs a database and the keys.
 * @throws ConfigError with all problems at once
 */
export function parseServiceConfig(env: Environment): ServiceConfig {
  const { problems, values } = read(env)
  problems.push(...missingForService(env))
  if (values?.DATABASE_URL === undefined || problems.length > 0) throw new ConfigError(problems)
  return service(values, values.DATABASE_URL)
}

function read(env: Environment): { problems: ConfigProblem[]; values: Values | null } {
  const given = Object.fromEntries(
    Object.keys(variables.shape)
      .filter((name) => env[name] !== undefined && (env[name] !== '' || EMPTY_MEANS_SOMETHING.has(name)))
      .map((name) => [name, env[name]]),
  )
  const result = variables.safeParse(given)
  if (result.success) return { problems: jwtProblems(result.data), values: result.data }
  const problems = result.error.issues.map((issue) => {
    const [variable, ...inside] = issue.path.map(String)
    const where = inside.length > 0 ? `${inside.join('.')}: ` : ''
    return { variable: variable ?? '', message: where + issue.message }
  })
  return { problems, values: null }
}

function missingForService(env: Environment): ConfigProblem[] {
  const needed: [string, string][] = [
    ['DATABASE_URL', 'is not set: name a PostgreSQL, or run `npm start` without REDIS_URL, which brings its own'],
    ['REDRIVE_OPERATOR_KEY', `is not set; make one with: ${MAKE_A_KEY('base64url')}`],
    ['REDRIVE_ENCRYPTION_KEYS', `is not set; make one with: ${MAKE_A_KEY('base64')}`],
  ]
  return needed.flatMap(([variable, message]) => (env[variable] ? [] : [{ variable, message }]))
}

function service(values: Values, databaseUrl: string): ServiceConfig {
  const mode = values.REDIS_URL === undefined ? 'postgres' : 'scaled'
  const queue: QueueConfig =
    values.REDIS_URL === undefined
      ? { kind: 'postgres', connectionString: databaseUrl, poolSize: QUEUE_POOL_SIZE }
      : { kind: 'redis', url: values.REDIS_URL, prefix: QUEUE_PREFIX, shards: values.QUEUE_SHARDS }
  return {
    ...common(values, mode),
    mode,
    database: { url: databaseUrl },
    queue,
    // `missingForService` has made sure of both.
    security: { operatorKey: values.REDRIVE_OPERATOR_KEY ?? '', encryptionKeys: values.REDRIVE_ENCRYPTION_KEYS ?? [] },
  }
}

function common(values: Values, mode: Mode): Omit<ServiceConfig, 'mode' | 'database' | 'queue' | 'security'> {
  const standalone = mode === 'standalone'
  return {
    jwt: jwtConfig(values),
    http: {
      host: values.HOST ?? (standalone ? '127.0.0.1' : '0.0.0.0'),
      port: values.PORT,
      payloadMaxBytes: values.PAYLOAD_MAX_BYTES,
      ingestLimitPerSecond: values.INGEST_LIMIT_PER_SECOND,
      contracts: values.CONTRACTS ?? null,
      trustProxy: values.TRUST_PROXY,
      maxConnections: values.MAX_CONNECTIONS,
    },
    worker: { concurrency: values.WORKER_CONCURRENCY, probePort: values.WORKER_PROBE_PORT ?? null },
    delivery: {
      allowNetworks: values.DELIVERY_ALLOW_NETWORKS ?? (standalone ? LOOPBACK : []),
      deniedPorts: values.DELIVERY_DENIED_PORTS,
      proxyUrl: values.DELIVERY_PROXY_URL ?? null,
      transport: values.DELIVERY_TRANSPORT,
      timeoutSeconds: values.DELIVERY_TIMEOUT_SECONDS,
      traceParent: values.DELIVERY_TRACEPARENT === 'on',
      retryPolicy: values.DEFAULT_RETRY_POLICY,
      breaker: {
        failures: values.BREAKER_FAILURES,
        overSeconds: values.BREAKER_SECONDS,
        firstProbeSeconds: values.BREAKER_PROBE_SECONDS,
      },
    },
    retention: { days: values.RETENTION_DAYS },
    shutdown: { seconds: values.SHUTDOWN_SECONDS },
    tracing: tracing(values),
    log: { level: values.LOG_LEVEL, format: values.LOG_FORMAT ?? (standalone ? 'pretty' : 'json') },
  }
}

function tracing(values: Values): ServiceConfig['tracing'] {
  const { OTEL_EXPORTER_OTLP_ENDPOINT: endpoint, OTEL_EXPORTER_OTLP_TRACES_ENDPOINT: exact } = values
  const url = exact ?? (endpoint === undefined ? null : `${endpoint.replace(/\/$/, '')}/v1/traces`)
  return url === null || values.OTEL_SDK_DISABLED === 'true' ? null : { url, ratio: values.TRACE_RATIO }
}
