import { readFileSync, readdirSync } from 'node:fs'
import { fileURLToPath } from 'node:url'
import { expect, test } from '@jest/globals'
import { parseAllDocuments } from 'yaml'
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

interface Manifest {
  apiVersion: string
  kind: string
  metadata?: { name: string }
  resources?: string[]
  spec?: {
    selector?: { matchLabels?: Record<string, string> } & Record<string, unknown>
    scaleTargetRef?: { name: string }
    template?: { metadata: { labels: Record<string, string> }; spec: { containers: Container[] } }
  }
}
interface Container {
  env?: { name: string; value: string }[]
  ports?: { name: string; containerPort: number }[]
  [probe: `${string}Probe`]: { httpGet: { path: string; port: string } }
}

const manifests = readdirSync(`${ROOT}/docker/kubernetes`).flatMap((file) =>
  parseAllDocuments(read(`docker/kubernetes/${file}`), { strict: true, uniqueKeys: true }).map((document) => {
    const [problem] = [...document.errors, ...document.warnings]
    if (problem) throw problem
    return { file, manifest: document.toJS() as Manifest }
  }),
)
const workloads = manifests.flatMap(({ manifest: { kind, metadata, spec } }) =>
  spec?.template === undefined ? [] : [{ kind, name: metadata?.name, ...spec.template }],
)

test('the Kubernetes files fit together', () => {
  expect(workloads.map(({ name }) => name).sort()).toEqual(['redrive-ingress', 'redrive-migrate', 'redrive-worker'])
  const listed = manifests.flatMap(({ manifest }) => manifest.resources ?? [])
  const files = manifests.map(({ file }) => file).filter((file) => !['kustomization.yaml', 'keda.yaml'].includes(file))
  expect(listed.sort()).toEqual([...new Set(files)].sort())
  for (const { manifest } of manifests) {
    const { selector, scaleTargetRef } = manifest.spec ?? {}
    if (scaleTargetRef) expect(workloads.map(({ name }) => name)).toContain(scaleTargetRef.name)
    const wanted = manifest.kind === 'Service' ? selector : selector?.matchLabels
    if (wanted) expect(workloads.map(({ metadata }) => metadata.labels)).toContainEqual(wanted)
  }
})

test('the Kubernetes files ask the ports that are open, and set only variables that are read', () => {
  const containers = workloads.flatMap(({ spec }) => spec.containers)
  expect(containers).toHaveLength(3)
  for (const container of containers) {
    const { env = [], ports = [] } = container
    expect(env.map(({ name }) => name).filter((name) => !known.has(name))).toEqual([])
    const probes = Object.entries(container).flatMap(([name, probe]) =>
      name.endsWith('Probe') ? [probe as { httpGet: { path: string; port: string } }] : [],
    )
    expect(probes).toHaveLength(ports.length === 0 ? 0 : 3)
    for (const { httpGet } of probes) {
      expect(['/livez', '/readyz']).toContain(httpGet.path)
      expect(ports.map(({ name }) => name)).toContain(httpGet.port)
    }
    const probePort = env.find(({ name }) => name === 'WORKER_PROBE_PORT')?.value
    if (probePort !== undefined) expect(ports.map(({ containerPort }) => String(containerPort))).toEqual([probePort])
  }
})
