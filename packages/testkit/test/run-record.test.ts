import { appendFile, mkdtemp, stat } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { describe, expect, test } from '@jest/globals'
import { KINDS, note, noteSecrets, noteSecretsIn, searchRecord } from '../src/run-record.ts'

/** The search at the end of every run, on records made by hand: it has to find what is there. */

const SECRET = 'mn8Zq-01890a5dac96774bbcceb302099a8057'

async function record(files: Record<string, string> = {}): Promise<string> {
  const folder = await mkdtemp(join(tmpdir(), 'redrive-test-planted-'))
  for (const [file, text] of Object.entries(files)) await appendFile(join(folder, file), text)
  return folder
}

describe('a planted secret is found', () => {
  test.each(KINDS)('in %s', async (kind) => {
    const folder = await record({
      'secrets@a.test.ts': `other-secret-0123456789\n${SECRET}\n`,
      [`${kind}@b.test.ts`]: `a ${SECRET} b\n`,
    })
    const report = await searchRecord(folder)
    expect(report).toMatchObject({ secrets: 2, sources: 1 })
    expect(report.findings).toEqual([{ kind, source: 'b.test.ts', where: 'a ' }])
  })

  test.each([
    ['in JSON', `{"authorization":"Bearer ${SECRET}"}`],
    ['in an address', `https://receiver.example/?key=${SECRET}&x=1`],
    ['within a longer word', `xxxx${SECRET}yyyy`],
    ['between bytes', `\0\x01${SECRET}\xff`],
    ['twice begun', `${SECRET.slice(0, 20)}${SECRET}`],
    ['on the last line', `fine\nfine\n${SECRET}`],
  ])('%s', async (_where, text) => {
    const { findings } = await searchRecord(await record({ 'secrets@a': `${SECRET}\n`, 'logs@a': text }))
    expect(findings).toHaveLength(1)
    expect(JSON.stringify(findings)).not.toContain(SECRET)
  })
})

describe('what harnesses note', () => {
  const BASE64 = 'MfKQ9r8GKYqrTwjUPD8ILPZIo2LaLaSw'
  const KEY = `rdk_${'0'.repeat(32)}_${'k'.repeat(43)}`
  const noted: [string, () => void, string][] = [
    [
      'a secret, without its prefix',
      () => {
        noteSecrets(`whsec_${BASE64}`)
      },
      `key ${BASE64}`,
    ],
    [
      'a secret in hex',
      () => {
        noteSecrets(`whsec_${BASE64}`)
      },
      Buffer.from(BASE64, 'base64').toString('hex'),
    ],
    [
      'a key, without its id',
      () => {
        noteSecretsIn(`{"key":"${KEY}"}`)
      },
      KEY.slice(-43),
    ],
    [
      'one that is padded',
      () => {
        noteSecretsIn(`{"secret":"whsec_${BASE64}cw=="}`)
      },
      `${BASE64}cw`,
    ],
    [
      'one of another scheme',
      () => {
        noteSecretsIn('{"secret":"plain-but-long-enough"}')
      },
      'plain-but-long-enough',
    ],
    [
      'a header',
      () => {
        noteSecretsIn('{"value":"Bearer 0123456789abcdef","sensitive":true}')
      },
      '0123456789abcdef',
    ],
  ]

  test.each(noted)('%s', async (_name, plant, text) => {
    const outer = process.env['REDRIVE_TEST_RECORD']
    const folder = await record()
    process.env['REDRIVE_TEST_RECORD'] = folder
    try {
      plant()
      note('logs', text)
    } finally {
      if (outer === undefined) delete process.env['REDRIVE_TEST_RECORD']
      else process.env['REDRIVE_TEST_RECORD'] = outer
    }
    expect((await searchRecord(folder)).findings).toMatchObject([
      { kind: 'logs', source: 'packages+testkit+test+run-record.test.ts' },
    ])
  })
})

test('what only begins like a secret is none, and the record is gone afterwards', async () => {
  const folder = await record({ 'secrets@a': `${SECRET}\n`, 'logs@a': `${SECRET.slice(0, -1)} ${SECRET.slice(1)}` })
  expect(await searchRecord(folder)).toMatchObject({ findings: [], searched: { logs: 2 * SECRET.length - 1 } })
  await expect(stat(folder)).rejects.toThrow('ENOENT')
})
