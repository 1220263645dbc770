import type { Schemas } from '@redrive/client'
import type { Command, Invocation } from './command.ts'
import { table } from './io.ts'

type Endpoint = Schemas['Endpoint']

/** The most that one answer of the API holds. */
const PAGE = 250

/** All of a list, however many pages it has. */
async function all<T>(list: AsyncIterable<T>): Promise<T[]> {
  const items: T[] = []
  for await (const item of list) items.push(item)
  return items
}

export const managementCommands: Command[] = [
  {
    usage: 'endpoints list',
    summary: 'List endpoints',
    async run({ client, print }) {
      const data = await all(client().endpoints.list({ limit: PAGE }))
      print(data, () => endpointTable(data))
      return undefined
    },
  },
  {
    usage: 'endpoints create <url>',
    summary: 'Create an endpoint; shows its signing secret',
    options: ['types', 'description'],
    async run({ client, positionals: [url = ''], options, print }) {
      const { types, description } = options
      const made = await client().endpoints.create({
        url,
        ...(types === undefined ? {} : { eventTypes: types.split(',') }),
        ...(description === undefined ? {} : { description }),
      })
      print(made, () => `${endpointTable([made])}\n\nsecret ${made.secret}`)
      return undefined
    },
  },
  change('pause', 'Keep its deliveries until it is resumed', (client, id) => client.endpoints.pause(id)),
  change('resume', 'Let them go out', (client, id) => client.endpoints.resume(id)),
  change('disable', 'Refuse its deliveries until it is enabled', (client, id) => client.endpoints.disable(id)),
  change('enable', 'Take it into use again', (client, id) => client.endpoints.enable(id)),
  {
    usage: 'endpoints rotate <id>',
    summary: 'Give it a new signing secret; the old one signs too for a day',
    async run({ client, positionals: [id = ''], print }) {
      const rotated = await client().endpoints.rotateSecret(id)
      print(rotated, () => `secret ${rotated.secret}`)
      return undefined
    },
  },
  {
    usage: 'endpoints test <id>',
    summary: 'Send it a sample event, and show the attempt',
    async run({ client, positionals: [id = ''], print }) {
      const attempt = await client().endpoints.test(id)
      print(attempt, () => `${attempt.outcome}: ${attempt.decision}`)
      return attempt.outcome === 'succeeded' ? undefined : 1
    },
  },
  {
    usage: 'endpoints delete <id>',
    summary: 'Delete it',
    async run({ client, positionals: [id = ''], print }) {
      await client().endpoints.delete(id)
      print({ id }, () => 'Deleted')
      return undefined
    },
  },
  {
    usage: 'tenants list',
    summary: 'List tenants (operator)',
    async run({ client, print }) {
      const data = await all(client('operator').tenants.list({ limit: PAGE }))
      print(data, () =>
        table(
          ['TENANT', 'SLUG', 'NAME', 'CREATED'],
          data.map((each) => [each.id, each.slug, each.name, each.createdAt]),
        ),
      )
      return undefined
    },
  },
  {
    usage: 'tenants create <name>',
    summary: 'Create a tenant (operator)',
    options: ['slug'],
    async run({ client, positionals: [name = ''], options: { slug }, print }) {
      const made = await client('operator').tenants.create({ name, ...(slug === undefined ? {} : { slug }) })
      print(made, () => `Created ${made.id} (${made.slug})`)
      return undefined
    },
  },
  {
    usage: 'keys list <tenant>',
    summary: 'List a tenant’s API keys (operator)',
    async run({ client, positionals: [tenant = ''], print }) {
      const data = await all(client('operator').apiKeys.list(tenant, { limit: PAGE }))
      const rows = data.map((key) => [key.id, key.name, key.scopes.join(','), key.lastUsedAt, key.revokedAt])
      print(data, () => table(['KEY', 'NAME', 'SCOPES', 'LAST USED', 'REVOKED'], rows))
      return undefined
    },
  },
  {
    usage: 'keys create <tenant> <name>',
    summary: 'Create an API key and show it, once (operator)',
    options: ['scopes'],
    async run({ client, positionals: [tenant = '', name = ''], options, print }) {
      // the API says which there are
      const scopes = (options['scopes'] ?? 'events:write').split(',') as Schemas['CreateApiKey']['scopes']
      const made = await client('operator').apiKeys.create(tenant, { name, scopes })
      print(made, () => made.key)
      return undefined
    },
  },
  {
    usage: 'keys revoke <tenant> <key>',
    summary: 'Revoke an API key (operator)',
    async run({ client, positionals: [tenant = '', id = ''], print }) {
      await client('operator').apiKeys.revoke(tenant, id)
      print({ id }, () => 'Revoked')
      return undefined
    },
  },
]

type Act = (client: ReturnType<Invocation['client']>, id: string) => Promise<Endpoint>

function change(name: string, summary: string, act: Act): Command {
  return {
    usage: `endpoints ${name} <id>`,
    summary,
    async run({ client, positionals: [id = ''], print }) {
      const endpoint = await act(client(), id)
      print(endpoint, () => endpointTable([endpoint]))
      return undefined
    },
  }
}

function endpointTable(endpoints: readonly Endpoint[]): string {
  return table(
    ['ENDPOINT', 'STATUS', 'HEALTH', 'TYPES', 'URL'],
    endpoints.map(({ id, status, health, eventTypes, url }) => [id, status, health.state, eventTypes.join(','), url]),
  )
}
