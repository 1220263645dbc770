import { readFileSync, readdirSync } from 'node:fs'
import { fileURLToPath } from 'node:url'
import { expect, test } from '@jest/globals'
import { variables } from '../src/variables.ts'

const ROOT = fileURLToPath(new URL('../../..', import.meta.url))
const read = (path: string): string => readFileSync(`${ROOT}/${path}`, 'utf8')
const known = new Set(Object.keys(variables.shape))

test('docs/operations.md names every variable, and none that is not read', () => {
  const rows = read('docs/operations.md')
    .split('\n')
    .filter((line) => /^\| `[A-Z]/.test(line))
  const documented = rows.flatMap((row) =>
    [...(row.split('|')[1] ?? '').matchAll(/`([A-Z][A-Z0-9_]+)`/g)].map((match) => match[1]),
  )
  // Node's own, which is only refused
  const ours = [...known].filter((name) => name !== 'NODE_TLS_REJECT_UNAUTHORIZED')
  expect(documented.sort()).toEqual(ours.sort())
})

test('what is deployed sets only variables that are read', () => {
  const files = ['docker/Dockerfile', 'docker/compose.yaml']
  for (const name of readdirSync(`${ROOT}/docker/kubernetes`)) files.push(`docker/kubernetes/${name}`)
  const set = files.flatMap((file) => [...read(file).matchAll(/\b(?:REDRIVE|DELIVERY|WORKER|DATABASE|REDIS)_[A-Z_]+/g)])
  expect(set.length).toBeGreaterThan(5)
  expect([...new Set(set.map(([name]) => name))].filter((name) => !known.has(name))).toEqual([])
})
