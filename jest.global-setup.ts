import type { Config } from '@jest/types'
import { migrate } from '@redrive/store'
import { startPostgresServer, useAsTemplate } from '@redrive/testkit/postgres'
import type { TestServer } from '@redrive/testkit/postgres'
import { redisAvailable } from '@redrive/testkit/redis'
import { type Kind, KINDS, openRecord, searchRecord } from '@redrive/testkit/run-record'

let server: TestServer | undefined
let record: string | undefined

/** One PostgreSQL for the whole run, with a migrated template that test databases are copied from. */
export default async function setup(): Promise<void> {
  record = await openRecord()
  server = await startPostgresServer()
  await migrate(server.url)
  useAsTemplate(server.url)
}

/** Fails the run if a secret of any test was logged, measured, traced or handed to the queue. */
export async function teardown(config: Config.GlobalConfig): Promise<void> {
  await server?.stop()
  if (record === undefined) return
  const { secrets, searched, findings } = await searchRecord(record)
  if (findings.length > 0) {
    const shown = findings.slice(0, 10).map(({ kind, where }) => `in ${kind}: …${where}`)
    throw new Error(`Secrets of tests were found in ${String(findings.length)} places:\n${shown.join('\n')}`)
  }
  const missing = KINDS.filter((kind) => searched[kind] === 0 && isExpected(kind))
  const whole = config.nonFlagArgs.length === 0 && config.testNamePattern === undefined
  // what has seen nothing proves nothing
  if (whole && (secrets === 0 || missing.length > 0)) {
    throw new Error(`The search for secrets had nothing to look at: ${missing.join(', ') || 'no secrets'}`)
  }
  const sizes = KINDS.map((kind) => `${kind} ${String(Math.round(searched[kind] / 1024))} KiB`)
  process.stderr.write(`Searched for ${String(secrets)} secrets, none found: ${sizes.join(', ')}\n`)
}

function isExpected(kind: Kind): boolean {
  // a Redis that is not ours is not searched
  if (kind === 'redis') return redisAvailable() && process.env['REDIS_URL'] === undefined
  return kind !== 'spans'
}
