import { spawnSync } from 'node:child_process'
import { copyFileSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { fileURLToPath } from 'node:url'

/** Makes `dist`, a package that plain Node and other people's compilers can use: `npm publish packages/client/dist`. */
const root = new URL('../', import.meta.url)
const dist = new URL('dist/', root)
rmSync(dist, { recursive: true, force: true })
const tsc = fileURLToPath(import.meta.resolve('typescript/bin/tsc'))
const { status } = spawnSync(process.execPath, [tsc, '-p', fileURLToPath(new URL('tsconfig.dist.json', root))], {
  stdio: 'inherit',
})
if (status !== 0) process.exit(1)

// ours, and it has these
const { name, version, license } = JSON.parse(readFileSync(new URL('package.json', root), 'utf8')) as Record<
  string,
  string
>
const manifest = {
  name,
  version,
  license,
  type: 'module',
  description: 'Client of Redrive, a webhook delivery service; verifies what receivers get.',
  exports: { types: './index.d.ts', default: './index.js' },
  engines: { node: '>=20' },
}
writeFileSync(new URL('package.json', dist), `${JSON.stringify(manifest, null, 2)}\n`)
copyFileSync(new URL('README.md', root), new URL('README.md', dist))
copyFileSync(new URL('../../LICENSE', root), new URL('LICENSE', dist))
