import { DEFAULT_BREAKER } from '@redrive/core'
import { z } from 'zod'
import { retryPolicyText } from './retry-policy.ts'
import {
  encryptionKeys,
  jwksUrl,
  list,
  MAKE_A_KEY,
  networks,
  oneOf,
  ports,
  ratio,
  redisUrl,
  trustedProxies,
  urlText,
  wholeNumber,
} from './values.ts'

/** RFC 7518, 3.2: a key of HS256 has at least the size of the hash. */
const HS256_BYTES = 32

/**
 * Every variable that Redrive reads, with its default. What is optional here and has a default that depends on the run
 * mode gets it in `parseConfig`.
 */
export const variables = z.object({
  /** address to listen on; 127.0.0.1 in standalone, else 0.0.0.0 */
  HOST: z.string().optional(),
  /** port to listen on; 0 takes a free one */
  PORT: wholeNumber(0, 65_535).default(3000),
  /** the proxies in front whose `x-forwarded-*` is believed: how many, or their networks (CIDR); 0: none */
  TRUST_PROXY: trustedProxies.default(0),

  /** connections that one ingress holds at a time, each some 17 KB; more are closed as they come */
  MAX_CONNECTIONS: wholeNumber(1, 1_000_000).default(10_000),

  /** PostgreSQL; without it, `npm start` brings its own */
  DATABASE_URL: urlText('postgres:', 'postgresql:').optional(),
  /** Redis or Valkey for the queue, also by Sentinel or as a Cluster; without it the queue is in PostgreSQL */
  REDIS_URL: redisUrl.optional(),
  /** how many queues each lane is made of, by endpoint, for a Redis Cluster to spread over its nodes */
  QUEUE_SHARDS: wholeNumber(1, 64).default(1),
  /** where standalone keeps its database, keys and credentials */
  REDRIVE_DATA_DIR: z.string().default('.redrive'),

  /** the operator's key: everything, in every tenant */
  REDRIVE_OPERATOR_KEY: z
    .string()
    .regex(/^[\x21-\x7e]{24,512}$/, {
      error: `must be at least 24 printable characters without blanks; make one with: ${MAKE_A_KEY('base64url')}`,
    })
    .optional(),
  /** 32-byte keys in base64, separated by commas, that seal endpoint secrets; the first seals, all of them open */
  REDRIVE_ENCRYPTION_KEYS: encryptionKeys.optional(),

  /** whose JWTs are accepted (`iss`); without it none are */
  JWT_ISSUER: z.string().min(1).max(512).optional(),
  /** whom a JWT must be meant for (`aud`) */
  JWT_AUDIENCE: z.string().min(1).max(512).optional(),
  /** the secret that JWTs are signed with (HS256); or one of the next two */
  JWT_HS256_SECRET: z
    .string()
    .refine((secret) => Buffer.byteLength(secret) >= HS256_BYTES, {
      error: `must be at least ${String(HS256_BYTES)} bytes long; make one with: ${MAKE_A_KEY('base64url')}`,
    })
    .optional(),
  /** a file with the issuer's public keys (JWKS) */
  JWT_JWKS_FILE: z.string().optional(),
  /** where the issuer publishes its public keys (JWKS) */
  JWT_JWKS_URL: jwksUrl.optional(),

  /** the foreign APIs that are answered, separated by commas, or `none`; without it, all. The ingress knows the names */
  CONTRACTS: list.transform((names) => (names.length === 1 && names[0] === 'none' ? [] : names)).optional(),
  /** the largest payload of an event that is taken, in bytes */
  PAYLOAD_MAX_BYTES: wholeNumber(1024, 16_777_216).default(262_144),

  /** events a second that one tenant may publish, over all ingresses; 0: as many as it likes */
  INGEST_LIMIT_PER_SECOND: wholeNumber(0, 1_000_000).default(0),

  /** requests in flight at most, in each lane of a worker */
  WORKER_CONCURRENCY: wholeNumber(1, 2000).default(128),
  /** where a worker answers `/livez`, `/readyz` and `/metrics`; without it, nowhere */
  WORKER_PROBE_PORT: wholeNumber(0, 65_535).optional(),
  /** networks (CIDR) that may be sent to although they are private; standalone: loopback, and nothing if empty */
  DELIVERY_ALLOW_NETWORKS: networks.optional(),
  /** ports that nothing is sent to: those of services that an HTTP request could be smuggled into; empty: none */
  DELIVERY_DENIED_PORTS: ports.default([19, 22, 23, 25, 53, 110, 143, 465, 587, 993, 995, 6379, 11_211]),
  /** an HTTP proxy that every request to a receiver is tunnelled through (CONNECT); `HTTP_PROXY` and the like name none */
  DELIVERY_PROXY_URL: urlText('http:', 'https:').optional(),
  /** the HTTP client that requests to receivers are made with */
  DELIVERY_TRANSPORT: z.enum(['got', 'undici']).default('got'),
  /** the deadline of a request to an endpoint that sets none of its own */
  DELIVERY_TIMEOUT_SECONDS: wholeNumber(1, 60).default(15),
  /** the retry policy of endpoints that set none of their own, as JSON */
  DEFAULT_RETRY_POLICY: retryPolicyText,
  /** an endpoint's breaker opens after so many failures in a row */
  BREAKER_FAILURES: wholeNumber(1, 100_000).default(DEFAULT_BREAKER.failures),
  /** and over at least so long */
  BREAKER_SECONDS: wholeNumber(1, 86_400).default(DEFAULT_BREAKER.overSeconds),
  /** after so long the first probe goes */
  BREAKER_PROBE_SECONDS: wholeNumber(1, 3600).default(DEFAULT_BREAKER.firstProbeSeconds),

  /** days that events, deliveries and attempts are kept */
  RETENTION_DAYS: wholeNumber(2, 3650).default(30),
  /** how long a stopping process may take over what it has in hand */
  SHUTDOWN_SECONDS: wholeNumber(1, 600).default(25),

  /** where a collector takes OTLP over HTTP; without it, or the next, nothing is traced. `/v1/traces` is added to it */
  OTEL_EXPORTER_OTLP_ENDPOINT: urlText('http:', 'https:').optional(),
  /** the same for traces alone, taken as it is */
  OTEL_EXPORTER_OTLP_TRACES_ENDPOINT: urlText('http:', 'https:').optional(),
  /** OpenTelemetry's own switch; `true`: nothing is traced */
  OTEL_SDK_DISABLED: oneOf(['true', 'false']).default('false'),
  /** the part of the traces that begin here which is kept; a caller's trace is kept as the caller says */
  TRACE_RATIO: ratio.default(1),
  /** `on`: each request to a receiver carries a `traceparent`, if it is traced */
  DELIVERY_TRACEPARENT: oneOf(['on', 'off']).default('off'),

  LOG_LEVEL: oneOf(['debug', 'info', 'warn', 'error']).default('info'),
  /** `pretty` in standalone, else `json` */
  LOG_FORMAT: oneOf(['json', 'pretty']).optional(),

  /** Node's own switch, which would turn off the checking of receivers' certificates */
  NODE_TLS_REJECT_UNAUTHORIZED: z
    .string()
    .refine((value) => value !== '0', {
      error: 'must not be 0: receivers could be impersonated; trust a private CA with NODE_EXTRA_CA_CERTS instead',
    })
    .optional(),
})

export type Values = z.infer<typeof variables>

/** An empty text is no value, except where it says "no networks" or "no ports". */
export const EMPTY_MEANS_SOMETHING = new Set(['DELIVERY_ALLOW_NETWORKS', 'DELIVERY_DENIED_PORTS'])
