import { afterAll, beforeAll, describe, expect, test } from '@jest/globals'
import { createConfig, lintFromString } from '@redocly/openapi-core'
import type { OpenApiDocument } from '../src/openapi/document.ts'
import { startIngress, type TestIngress } from './harness.ts'
import { checkerOf } from './openapi-checker.ts'
import { gapsOf } from './openapi-gaps.ts'

/** The document itself; conformance.test.ts holds it against what the server does. */
let ingress: TestIngress
let document: OpenApiDocument
beforeAll(async () => {
  ingress = await startIngress()
  document = ingress.ingress.document
})
afterAll(() => ingress.close())

test('is served to every key, as it is, and to nobody without one', async () => {
  const { key } = await ingress.tenant()
  const answer = await ingress.call('GET', '/openapi.json', { key })
  expect(answer.status).toBe(200)
  expect(answer.headers.get('content-type')).toBe('application/json; charset=utf-8')
  expect(answer.json).toEqual(JSON.parse(JSON.stringify(document)))
  for (const wrong of [null, 'nonsense']) {
    const refused = await ingress.call('GET', '/openapi.json', { key: wrong })
    expect([refused.status, refused.headers.has('access-control-allow-origin')]).toEqual([401, false])
    expect(refused.text).not.toContain('/v1/')
  }
})

test('a linter finds nothing to object to', async () => {
  const config = await createConfig({
    extends: ['recommended-strict'],
    // a probe that takes nothing has nothing to refuse
    // foreign contracts bring tags of their own
    // and paths, with slashes at their ends
    rules: { 'operation-4xx-response': 'off', 'tag-description': 'off', 'no-path-trailing-slash': 'off' },
  })
  const problems = await lintFromString({ source: JSON.stringify(document), config })
  expect(
    problems.map(({ ruleId, message, location }) => `${ruleId}: ${message} ${location[0]?.pointer ?? ''}`),
  ).toEqual([])
})

test('every property, parameter and answer is described; every call has examples and its errors', () => {
  expect(gapsOf(document)).toEqual([])
})

test('a gap would be seen', () => {
  const spoilt = JSON.parse(JSON.stringify(document)) as OpenApiDocument
  const publish = spoilt.paths['/v1/events']?.['post']
  const { Event: event } = spoilt.components.schemas
  const { deliverAt } = event?.properties ?? {}
  if (publish === undefined || typeof deliverAt !== 'object') throw new Error('the document has changed')
  delete deliverAt.description
  publish.parameters?.forEach((parameter) => delete parameter.description)
  delete publish.requestBody?.content['application/json']?.example
  publish.responses = { 202: { description: '' } }
  expect(gapsOf(spoilt)).toEqual([
    'post /v1/events: no description of the parameter redrive-tenant',
    'post /v1/events: no description of the parameter Idempotency-Key',
    'post /v1/events: no example of application/json in request',
    'post /v1/events: no answer of refusal',
    'post /v1/events: no description of the answer 202',
    'no description of Event.deliverAt',
  ])
})

test('every route is in it, with its errors', () => {
  for (const { method, path } of ingress.ingress.routes) {
    const operation = document.paths[path]?.[method]
    expect(operation?.summary).not.toBe('')
    expect(Object.keys(operation?.responses ?? {})).toEqual(expect.arrayContaining(['422', '500']))
  }
})

test('every operation has an id of its own', () => {
  const ids = operations().map(({ operation }) => operation.operationId)
  expect(new Set(ids).size).toBe(ids.length)
  expect(ids.length).toBeGreaterThan(20)
})

test('every body has an example, and every example fits its schema', () => {
  const checker = checkerOf(document)
  const problems = operations().flatMap(({ name, operation }) => {
    const bodies = [operation.requestBody, ...Object.values(operation.responses).map(checker.response)]
    return bodies.flatMap((body) =>
      Object.entries(body?.content ?? {}).flatMap(([type, { schema, example }]) => {
        if (example === undefined) return [`${name}: no example of ${type}`]
        const wrong = checker.problems(schema, example)
        return wrong === null ? [] : [`${name}: ${wrong}; give the schema one in openapi/samples.ts`]
      }),
    )
  })
  expect(problems).toEqual([])
})

describe('the page for people', () => {
  let key: string
  beforeAll(async () => {
    ;({ key } = await ingress.tenant('Readers'))
  })

  test('runs no script but ours, and asks nobody else', async () => {
    const page = await ingress.call('GET', '/docs', { key })
    expect(page.status).toBe(200)
    const policy = page.headers.get('content-security-policy')
    expect(policy).toContain("script-src 'self';")
    expect(policy).toContain("connect-src 'self';")
    expect(page.text).not.toMatch(/https?:/)
  })

  test('all that it loads is there', async () => {
    const page = await ingress.call('GET', '/docs', { key })
    const links = [...page.text.matchAll(/(?:src|href)="([^"]+)"/g)].map(([, link = '']) => link)
    expect(links).toHaveLength(4)
    for (const link of links) {
      const answer = await ingress.call('GET', link, { key })
      expect(answer.status).toBe(200)
      expect(answer.text.length).toBeGreaterThan(100)
    }
  })

  test('nothing else of the package is served', async () => {
    for (const path of ['/docs/package.json', '/docs/%2e%2e/package.json', '/docs/index.html']) {
      expect((await ingress.call('GET', path, { key })).status).toBe(404)
    }
  })
})

function operations() {
  return Object.entries(document.paths).flatMap(([path, methods]) =>
    Object.entries(methods).map(([method, operation]) => ({ name: `${method} ${path}`, operation })),
  )
}
