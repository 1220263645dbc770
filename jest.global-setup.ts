import { migrate } from '@redrive/store'
import { startPostgresServer, useAsTemplate } from '@redrive/testkit/postgres'
import type { TestServer } from '@redrive/testkit/postgres'

let server: TestServer | undefined

/** One PostgreSQL for the whole run, with a migrated template that test databases are copied from. */
export default async function setup(): Promise<void> {
  server = await startPostgresServer()
  await migrate(server.url)
  useAsTemplate(server.url)
}

export async function teardown(): Promise<void> {
  await server?.stop()
}
