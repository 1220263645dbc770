import { appendFile, mkdtemp, stat } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { describe, expect, test } from '@jest/globals'
import { KINDS, searchRecord } from '../src/run-record.ts'

/** The search at the end of every run, on records made by hand: it has to find what is there. */

const SECRET = 'rdk_01890a5dac96774bbcceb302099a8057_mn8Zq'

async function record(files: Record<string, string>): Promise<string> {
  const folder = await mkdtemp(join(tmpdir(), 'redrive-test-planted-'))
  for (const [file, text] of Object.entries(files)) await appendFile(join(folder, file), text)
  return folder
}

describe('a planted secret is found', () => {
  test.each(KINDS)('in %s', async (kind) => {
    const folder = await record({
      'secrets.1': `other-secret-0123456789\n${SECRET}\n`,
      [`${kind}.2`]: `a ${SECRET} b\n`,
    })
    const report = await searchRecord(folder)
    expect(report.secrets).toBe(2)
    expect(report.findings).toEqual([{ kind, where: 'a [SECRET]' }])
  })

  test.each([
    ['in JSON', `{"authorization":"Bearer ${SECRET}"}`],
    ['in an address', `https://receiver.example/?key=${SECRET}&x=1`],
    ['within a longer word', `xxxx${SECRET}yyyy`],
    ['between bytes', `\0\x01${SECRET}\xff`],
    ['twice begun', `${SECRET.slice(0, 20)}${SECRET}`],
    ['on the last line', `fine\nfine\n${SECRET}`],
  ])('%s', async (_where, text) => {
    const { findings } = await searchRecord(await record({ 'secrets.1': `${SECRET}\n`, 'logs.1': text }))
    expect(findings).toHaveLength(1)
    expect(JSON.stringify(findings)).not.toContain(SECRET)
  })
})

test('what only begins like a secret is none, and the record is gone afterwards', async () => {
  const folder = await record({ 'secrets.1': `${SECRET}\n`, 'logs.1': `${SECRET.slice(0, -1)} ${SECRET.slice(1)}` })
  expect(await searchRecord(folder)).toMatchObject({ findings: [], searched: { logs: 2 * SECRET.length - 1 } })
  await expect(stat(folder)).rejects.toThrow('ENOENT')
})
