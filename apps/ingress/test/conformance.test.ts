import { afterAll, beforeAll, expect, test } from '@jest/globals'
import { newId } from '@redrive/core'
import fc from 'fast-check'
import type { OpenApiDocument } from '../src/openapi/document.ts'
import type { Operation } from '../src/openapi/operation.ts'
import { startIngress, type TestIngress } from './harness.ts'
import { checkerOf } from './openapi-checker.ts'
import { type GeneratedRequest, requestsOf } from './openapi-requests.ts'

/**
 * The document held against the server, as a client would that has read nothing else: whatever is sent, well or ill
 * formed, is answered with a status and a body that the document describes, and never with a fault of ours.
 */
const RUNS = 8
const SEED = 1042
/** it waits for a worker, and there is none */
const WAITING = 'post /v1/endpoints/{id}/test'
const SUCCESSES = new Set<string>()

let ingress: TestIngress
let document: OpenApiDocument
let checker: ReturnType<typeof checkerOf>
let tenantId: string
/** things that exist, to be named in paths */
const known: string[] = []

beforeAll(async () => {
  ingress = await startIngress()
  document = ingress.ingress.document
  checker = checkerOf(document)
  tenantId = (await ingress.tenant()).id
  known.push(tenantId)
})
afterAll(() => ingress.close())

test('every operation answers as it is described', async () => {
  const failures: string[] = []
  for (const [index, { name, method, path, operation }] of operations().entries()) {
    if (name === WAITING) continue
    const { valid, invalid } = requestsOf(operation, document)
    for (const [kind, requests] of Object.entries({ valid, invalid })) {
      const property = fc.asyncProperty(requests, pathIds(), async (request, ids) => {
        await send(`${kind} ${name}`, { method, path: fill(path, ids), operation, request })
      })
      const { failed, counterexample, errorInstance } = await fc.check(property, {
        numRuns: RUNS,
        seed: SEED + index,
        endOnFailure: true,
      })
      if (failed) failures.push(`${String(errorInstance)}\n${fc.stringify(counterexample)}`)
    }
  }
  expect(failures).toEqual([])
})

test('what needs no id has succeeded at least once', () => {
  // a bulk retry's filter is seldom one that could be guessed
  const simple = operations().filter(({ path }) => /^\/v1\/[^{]+$/.test(path) && path !== '/v1/retries')
  expect(simple.length).toBeGreaterThan(5)
  expect(simple.map(({ name }) => name).filter((name) => !SUCCESSES.has(name))).toEqual([])
})

test('without a key nothing is answered but that', async () => {
  for (const { name, method, path, operation } of operations()) {
    if (operation.security.length === 0) continue
    const answer = await ingress.call(method, fill(path, [newId()]), { key: null })
    expect([name, answer.status]).toEqual([name, 401])
    expect(Object.keys(operation.responses)).toContain('401')
  }
})

async function send(
  name: string,
  call: { method: string; path: string; operation: Operation; request: GeneratedRequest },
): Promise<void> {
  const { method, path, operation, request } = call
  const query = new URLSearchParams(request.query).toString()
  const answer = await ingress.call(method, query === '' ? path : `${path}?${query}`, {
    headers: { 'redrive-tenant': tenantId, ...request.headers },
    ...(request.body === undefined || method === 'GET' ? {} : { text: request.body }),
  })
  const described = operation.responses[String(answer.status)]
  if (described === undefined || answer.status >= 500) {
    throw new Error(`${name}: ${String(answer.status)} is not described: ${answer.text}`)
  }
  const content = Object.entries(checker.response(described)?.content ?? {})
  if (content.length === 0) {
    expect(answer.text).toBe('')
    return
  }
  const [type, { schema }] = content[0] ?? ['', { schema: {} }]
  expect(answer.headers.get('content-type')).toContain(type)
  if (!type.endsWith('json')) return
  const wrong = checker.problems(schema, JSON.parse(answer.text))
  if (wrong !== null)
    throw new Error(`${name}: ${String(answer.status)} is described otherwise: ${wrong}\n${answer.text}`)
  if (answer.status < 300) {
    SUCCESSES.add(name.replace(/^(in)?valid /, ''))
    if (method !== 'get' && typeof answer.json['id'] === 'string') known.push(answer.json['id'])
  }
}

/** Ids of things that are there, of none, and what is no id at all. The first tenant stays: the rest happens in it. */
function pathIds(): fc.Arbitrary<string[]> {
  const some = fc.nat().map((at) => known[1 + (at % Math.max(1, known.length - 1))] ?? newId())
  const one = fc.oneof({ weight: 6, arbitrary: some }, fc.uuid(), fc.string({ minLength: 1 }))
  return fc.array(one, { minLength: 2, maxLength: 2 })
}

function fill(path: string, ids: string[]): string {
  const left = [...ids]
  // . and .. would be taken for steps
  return path.replaceAll(/\{\w+\}/g, () => encodeURIComponent(left.shift() ?? '-').replaceAll('.', '%2E%2E') || '-')
}

function operations() {
  return Object.entries(document.paths).flatMap(([path, methods]) =>
    Object.entries(methods).map(([method, operation]) => {
      return { name: `${method} ${path}`, method: method.toUpperCase(), path, operation }
    }),
  )
}
