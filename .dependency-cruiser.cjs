/** docs/architecture.md, "Layers": who may import whom. `scripts/layers.mjs` runs it and checks that it saw every module. */

const LAYERS = {
  core: [],
  contracts: ['core'],
  runtime: [],
  tracing: [],
  config: ['core', 'contracts'],
  queue: ['core', 'contracts', 'runtime'],
  delivery: ['core', 'runtime'],
  store: ['core', 'runtime'],
  service: ['config', 'core', 'queue', 'runtime', 'store', 'tracing'],
  'embedded-postgres': [],
  testkit: ['core', 'contracts', 'embedded-postgres'],
}

/** npm packages that only some of ours may import, by the pattern of their names. */
const OWNERS = [
  [
    'bullmq, ioredis and Bull Board',
    '(bullmq|bullmq-otel|ioredis|@bull-board)',
    ['packages/queue/', 'packages/testkit/'],
  ],
  ['the embedded PostgreSQL', '@?embedded-postgres', ['packages/embedded-postgres/']],
  ['OpenTelemetry', '@opentelemetry', ['packages/tracing/']],
  ['got and undici', '(got|undici)', ['packages/delivery/']],
  ['Prisma', '(@prisma|prisma)', ['packages/store/', 'prisma/']],
  ['pg', 'pg', ['packages/store/', 'packages/queue/', 'packages/runtime/', 'packages/testkit/']],
  ['winston and prom-client', '(winston|prom-client)', ['packages/runtime/', 'apps/ingress/', 'apps/worker/']],
]

const layers = Object.entries(LAYERS).map(([name, allowed]) => ({
  name: `${name}-imports`,
  comment: `packages/${name} may import ${allowed.join(', ') || 'none of ours'}`,
  severity: 'error',
  from: { path: `^packages/${name}/src/` },
  to: { path: '^(apps|packages)/', pathNot: `^packages/(${[name, ...allowed].join('|')})/` },
}))

const owners = OWNERS.map(([what, pattern, places]) => ({
  name: `owner-of-${places[0].split('/')[1]}`,
  comment: `only ${places.join(', ')} may import ${what}`,
  severity: 'error',
  from: { path: '^(apps|packages)/[^/]+/src/', pathNot: `^(${places.join('|')})` },
  to: { path: `(^|/)node_modules/${pattern}(/|$)` },
}))

module.exports = {
  forbidden: [
    ...layers,
    ...owners,
    {
      name: 'apps-apart',
      comment: 'an app is not a library of another',
      severity: 'error',
      from: { path: '^apps/([^/]+)/src/' },
      to: { path: '^apps/', pathNot: '^apps/$1/' },
    },
    {
      name: 'testkit-in-tests',
      comment: 'production code must not need test support',
      severity: 'error',
      from: { path: '^(apps|packages)/(?!testkit/)[^/]+/src/' },
      to: { path: '^packages/testkit/' },
    },
    {
      name: 'core-alone',
      comment: 'core needs nothing but Node',
      severity: 'error',
      from: { path: '^packages/core/src/' },
      to: { dependencyTypesNot: ['core', 'local'] },
    },
    {
      name: 'no-cycles',
      comment: 'of imports that are there at run time; types may refer to each other',
      severity: 'error',
      from: {},
      to: { circular: true, viaOnly: { dependencyTypesNot: ['type-only'] } },
    },
    { name: 'resolvable', severity: 'error', from: {}, to: { couldNotResolve: true } },
    {
      name: 'declared',
      comment: 'what is imported is declared in the package.json of the importer',
      severity: 'error',
      from: { path: '^(apps|packages)/[^/]+/src/' },
      to: { dependencyTypes: ['npm-no-pkg', 'npm-unknown'] },
    },
  ],
  options: {
    doNotFollow: { path: '(^|/)node_modules/' },
    exclude: { path: '(packages/store/src/generated/|^(apps|packages)/[^/]+/dist/)' },
    tsPreCompilationDeps: true,
    tsConfig: { fileName: 'tsconfig.json' },
    enhancedResolveOptions: { exportsFields: ['exports'], conditionNames: ['import', 'types', 'node', 'default'] },
  },
}
