import { mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterAll, beforeAll, expect, test } from '@jest/globals'
import { ConfigError, type JwtConfig } from '@redrive/config'
import { type CryptoKey, exportJWK, generateKeyPair, SignJWT, UnsecuredJWT } from 'jose'
import { startReceiver, type Receiver } from '@redrive/testkit/receiver'
import { createJwtVerifier } from '../src/auth/jwt.ts'
import { startIngress, type TestIngress } from './harness.ts'

const ISSUER = 'https://issuer.example/'
const AUDIENCE = 'redrive'
const SECRET = 'a-secret-that-is-long-enough-for-hs256-0123'
const secretKey = new TextEncoder().encode(SECRET)

let server: TestIngress
let ours: Awaited<ReturnType<TestIngress['tenant']>>
let slug: string
beforeAll(async () => {
  server = await startIngress({
    jwt: { issuer: ISSUER, audience: AUDIENCE, keys: { kind: 'hs256', secret: SECRET } },
  })
  ours = await server.tenant('Ours')
  slug = String((await server.call('GET', `/v1/tenants/${ours.id}`)).json['slug'])
})
afterAll(() => server.close())

interface Parts {
  claims?: Record<string, unknown>
  issuer?: string
  audience?: string
  expires?: string
  alg?: string
  key?: CryptoKey | Uint8Array
  header?: Record<string, unknown>
}

function token(parts: Parts = {}): Promise<string> {
  const { claims = {}, issuer = ISSUER, audience = AUDIENCE, expires = '5m', alg = 'HS256', key = secretKey } = parts
  return new SignJWT({ tenant: ours.id, scope: 'events:read endpoints:read', ...claims })
    .setProtectedHeader({ alg, ...parts.header })
    .setIssuer(issuer)
    .setAudience(audience)
    .setExpirationTime(expires)
    .sign(key)
}

const listWith = async (key: string) => server.call('GET', '/v1/events', { key })

test('a JWT stands for its tenant and its scopes, in the native API too', async () => {
  expect((await listWith(await token())).status).toBe(200)
  expect((await listWith(await token({ claims: { tenant: slug } }))).status).toBe(200)
  expect((await listWith(await token({ claims: { scope: ['events:read'] } }))).status).toBe(200)
  const narrow = await token({ claims: { scope: 'endpoints:read openid' } })
  expect((await listWith(narrow)).status).toBe(403)
  expect((await server.call('GET', '/v1/endpoints', { key: narrow })).status).toBe(200)
  expect((await server.call('GET', '/v1/tenants', { key: narrow })).status).toBe(403)
})

test('an operator’s JWT names the tenant with the header, as the operator’s key does', async () => {
  const key = await token({ claims: { tenant: undefined, scope: 'operator' } })
  expect((await server.call('GET', '/v1/tenants', { key })).status).toBe(200)
  expect((await server.call('GET', '/v1/events', { key, tenant: ours.id })).status).toBe(200)
})

test('issuer, audience, algorithm, key and time are not the token’s to choose', async () => {
  const { privateKey } = await generateKeyPair('RS256')
  const claims = { tenant: ours.id, scope: 'events:read' }
  const bad = {
    issuer: await token({ issuer: 'https://other.example/' }),
    audience: await token({ audience: 'others' }),
    'other secret': await token({ key: new TextEncoder().encode('another-secret-of-thirty-two-bytes!!') }),
    'other algorithm, right secret': await token({ alg: 'HS512' }),
    'public key algorithm': await token({ alg: 'RS256', key: privateKey }),
    unsigned: new UnsecuredJWT(claims).setIssuer(ISSUER).setAudience(AUDIENCE).setExpirationTime('5m').encode(),
    expired: await token({ expires: '-1m' }),
    endless: await new SignJWT(claims)
      .setProtectedHeader({ alg: 'HS256' })
      .setIssuer(ISSUER)
      .setAudience(AUDIENCE)
      .sign(secretKey),
    'no tenant': await token({ claims: { tenant: undefined } }),
    'unknown tenant': await token({ claims: { tenant: '01890a5d-ac96-774b-bcce-b302099a8057' } }),
    'tenant that is no text': await token({ claims: { tenant: 1 } }),
  }
  for (const [what, key] of Object.entries(bad)) expect([what, (await listWith(key)).status]).toEqual([what, 401])
})

test('an installation without an issuer accepts no JWT', async () => {
  const key = await token()
  const plain = await startIngress()
  try {
    expect((await plain.call('GET', '/v1/events', { key })).status).toBe(401)
  } finally {
    await plain.close()
  }
})

test('keys of a file and of a URL: only of the operator’s own, whatever a token names', async () => {
  const { publicKey, privateKey } = await generateKeyPair('ES256')
  const strangers = await generateKeyPair('ES256')
  const jwks = JSON.stringify({ keys: [{ ...(await exportJWK(publicKey)), kid: 'one', alg: 'ES256' }] })
  const folder = mkdtempSync(join(tmpdir(), 'redrive-jwks-'))
  const path = join(folder, 'keys.json')
  writeFileSync(path, jwks)
  const issuersKeys = await startReceiver({ answer: { body: jwks, headers: { 'content-type': 'application/json' } } })
  const strangersKeys: Receiver = await startReceiver({
    answer: { body: JSON.stringify({ keys: [{ ...(await exportJWK(strangers.publicKey)), kid: 'two' }] }) },
  })
  const header = { kid: 'one', jku: strangersKeys.url }
  const good = await token({ alg: 'ES256', key: privateKey, header })
  const strange = await token({ alg: 'ES256', key: strangers.privateKey, header })
  const strangeKid = await token({ alg: 'ES256', key: strangers.privateKey, header: { ...header, kid: 'two' } })
  // the classic: the public key's text as the secret of an HMAC
  const confused = await token({ alg: 'HS256', key: new TextEncoder().encode(jwks), header })
  const sources: JwtConfig['keys'][] = [
    { kind: 'file', path },
    { kind: 'url', url: issuersKeys.url },
  ]
  for (const keys of sources) {
    const verifier = createJwtVerifier({ issuer: ISSUER, audience: AUDIENCE, keys })
    expect(await verifier.verify(good)).toMatchObject({ kind: 'valid', tenant: ours.id })
    for (const bad of [strange, strangeKid, confused]) {
      expect(await verifier.verify(bad)).toMatchObject({ kind: 'invalid' })
    }
  }
  expect(strangersKeys.requests).toEqual([])
  await Promise.all([issuersKeys.close(), strangersKeys.close()])
  const away = createJwtVerifier({ issuer: ISSUER, audience: AUDIENCE, keys: { kind: 'url', url: issuersKeys.url } })
  await expect(away.verify(good)).rejects.toMatchObject({ status: 503 })
  rmSync(folder, { recursive: true })
})

test('a file without keys stops the start with a message that names the variable', () => {
  const create = (path: string) => () =>
    createJwtVerifier({ issuer: ISSUER, audience: AUDIENCE, keys: { kind: 'file', path } })
  expect(create('/nowhere/keys.json')).toThrow(ConfigError)
  expect(create('/nowhere/keys.json')).toThrow(/JWT_JWKS_FILE/)
})
