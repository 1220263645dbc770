import { execFile } from 'node:child_process'
import { mkdtemp, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { promisify } from 'node:util'
import { expect, test } from '@jest/globals'

const USE = `
import { createClient, verify, WebhookVerificationError } from '@redrive/client'
try { verify({ secret: 'whsec_MfKQ9r8GKYqrTwjUPD8ILPZIo2LaLaSw', headers: {}, body: '{}' }) }
catch (error) { console.log(typeof createClient, error instanceof WebhookVerificationError) }
`

test('as it is published, plain Node can use it, from a folder with nothing else in it', async () => {
  const env = { ...process.env, NODE_OPTIONS: '' }
  const root = fileURLToPath(new URL('..', import.meta.url))
  const folder = await mkdtemp(join(tmpdir(), 'redrive-client-'))
  const run = async (command: string, args: string[], cwd: string): Promise<string> =>
    (await promisify(execFile)(command, args, { cwd, env })).stdout
  await run(process.execPath, ['scripts/dist.ts'], root)
  const packed = await run('npm', ['pack', './dist', '--json', '--pack-destination', folder], root)
  const [{ filename, files }] = JSON.parse(packed) as [{ filename: string; files: { path: string }[] }]
  expect(files.map(({ path }) => path)).toEqual(
    expect.arrayContaining(['index.js', 'index.d.ts', 'verify.js', 'LICENSE']),
  )
  expect(files.some(({ path }) => /(?<!\.d)\.ts$/.test(path))).toBe(false)
  await run('npm', ['install', '--offline', '--no-audit', '--no-fund', join(folder, filename)], folder)
  expect(await run(process.execPath, ['--input-type=module', '-e', USE], folder)).toBe('function true\n')
  await rm(folder, { recursive: true })
})
