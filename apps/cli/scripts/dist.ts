import { chmodSync, copyFileSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { fileURLToPath } from 'node:url'
import { build } from 'esbuild'

/** Makes `dist`, the package `redrive` with one program that needs nothing else: `npm publish apps/cli/dist`. */
const root = new URL('../', import.meta.url)
const dist = new URL('dist/', root)
rmSync(dist, { recursive: true, force: true })
const program = new URL('redrive.mjs', dist)
await build({
  entryPoints: [fileURLToPath(new URL('src/main.ts', root))],
  outfile: fileURLToPath(program),
  bundle: true,
  platform: 'node',
  target: 'node20',
  format: 'esm',
  legalComments: 'eof',
  banner: { js: '#!/usr/bin/env node' },
  logLevel: 'warning',
})
chmodSync(program, 0o755)

// ours, and it has these
const { version, license } = JSON.parse(readFileSync(new URL('package.json', root), 'utf8')) as Record<string, string>
const manifest = {
  name: 'redrive',
  version,
  license,
  type: 'module',
  description: 'The command line of Redrive, a webhook delivery service.',
  bin: { redrive: './redrive.mjs' },
  files: ['redrive.mjs'],
  engines: { node: '>=20' },
}
writeFileSync(new URL('package.json', dist), `${JSON.stringify(manifest, null, 2)}\n`)
copyFileSync(new URL('../../docs/cli.md', root), new URL('README.md', dist))
copyFileSync(new URL('../../LICENSE', root), new URL('LICENSE', dist))
