/**
 * Holds the import graph against .dependency-cruiser.cjs. A cruiser that can't parse TypeScript sees an empty graph and
 * finds nothing wrong, so this also checks that it saw every source file, and that it followed the imports.
 */
import { globSync } from 'node:fs'
import { cruise } from 'dependency-cruiser'
import extractConfig from 'dependency-cruiser/config-utl/extract-depcruise-options'
import extractTypeScriptConfig from 'dependency-cruiser/config-utl/extract-ts-config'

const FOLDERS = ['apps', 'packages']
/** Far below what there is; zero is what a blind cruiser counts. */
const IMPORTS_BETWEEN_PACKAGES = 30

const options = await extractConfig('./.dependency-cruiser.cjs')
const tsConfig = extractTypeScriptConfig('./tsconfig.json')
const { output } = await cruise(FOLDERS, { ...options, outputType: 'json' }, undefined, { tsConfig })
const { modules, summary } = JSON.parse(output)

for (const { rule, from, to } of summary.violations) console.error(`${rule.name}: ${from} → ${to}`)

const seen = new Set(modules.map((module) => module.source))
const unseen = globSync('{apps,packages}/*/src/**/*.ts').filter(
  (path) => !path.includes('/generated/') && !seen.has(path),
)
for (const path of unseen) console.error(`not seen: ${path}`)

const across = modules.flatMap(({ source, dependencies }) =>
  dependencies.filter(({ resolved }) => /^packages\//.test(resolved) && packageOf(resolved) !== packageOf(source)),
).length
if (across < IMPORTS_BETWEEN_PACKAGES) console.error(`saw only ${across} imports between packages: is it blind?`)

const good = summary.violations.length === 0 && unseen.length === 0 && across >= IMPORTS_BETWEEN_PACKAGES
console.log(
  `${good ? '✓' : '✗'} ${seen.size} modules, ${across} imports between packages, ${summary.violations.length} violations`,
)
process.exitCode = good ? 0 : 1

function packageOf(path) {
  return path.split('/').slice(0, 2).join('/')
}
