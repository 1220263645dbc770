import type { Operation } from './operation.ts'
import type { JsonSchema } from './schemas.ts'

const tags = ['Operations']
const text: JsonSchema = { type: 'string' }
const state: JsonSchema = {
  type: 'object',
  properties: {
    state: { type: 'string', enum: ['ok', 'unavailable'], description: 'Whether it does its work' },
    latencyMs: { type: 'number', description: 'Milliseconds that asking it took' },
    detail: { type: 'string', description: 'What is the matter with it, where there is something to say' },
  },
  required: ['state', 'latencyMs'],
}
const readiness: JsonSchema = {
  type: 'object',
  properties: {
    status: {
      type: 'string',
      enum: ['ok', 'degraded', 'unavailable'],
      description: '`degraded`: events are taken, and wait in the ledger; `unavailable`: none are',
    },
    database: { ...state, description: 'PostgreSQL, without which nothing is taken' },
    queue: { ...state, description: 'What brings jobs to workers' },
  },
  required: ['status', 'database', 'queue'],
}

function answer(status: 'ok' | 'degraded' | 'unavailable') {
  const database = { state: status === 'unavailable' ? 'unavailable' : 'ok', latencyMs: 1 }
  const example = { status, database, queue: { state: 'ok', latencyMs: 1 } }
  return { 'application/json': { schema: readiness, example } }
}

/** What is served outside of the routes: for probes, scrapers and programs. */
export const OPERATIONS: Record<string, Record<string, Operation>> = {
  '/livez': {
    get: {
      operationId: 'getLivez',
      summary: 'Whether the process is alive',
      tags,
      security: [],
      responses: {
        200: {
          description: 'It is',
          content: {
            'application/json': {
              schema: {
                type: 'object',
                properties: { status: { type: 'string', const: 'ok', description: 'It answers, so it is' } },
                required: ['status'],
              },
              example: { status: 'ok' },
            },
          },
        },
      },
    },
  },
  '/readyz': {
    get: {
      operationId: 'getReadyz',
      summary: 'Whether events can be taken',
      description: '`degraded` still takes events: they wait in the ledger until the queue is back.',
      tags,
      security: [],
      responses: {
        200: { description: 'They can', content: answer('ok') },
        503: { description: 'They can’t: the database is away', content: answer('unavailable') },
      },
    },
  },
  '/metrics': {
    get: {
      operationId: 'getMetrics',
      summary: 'Metrics for Prometheus',
      tags,
      security: [],
      responses: {
        200: {
          description: 'Prometheus’ text format',
          content: { 'text/plain': { schema: text, example: '# HELP …' } },
        },
      },
    },
  },
  '/openapi.json': {
    get: {
      operationId: 'getOpenapi',
      summary: 'This document',
      tags,
      security: [{ apiKey: [] }],
      responses: {
        200: {
          description: 'OpenAPI 3.1',
          content: { 'application/json': { schema: { type: 'object' }, example: { openapi: '3.1.0' } } },
        },
        401: { $ref: '#/components/responses/401' },
      },
    },
  },
}
