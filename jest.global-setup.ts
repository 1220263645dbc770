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

/** Fails the run if a secret of any test was logged, answered, measured, traced or handed to the queue. */
export async function teardown(config: Config.GlobalConfig): Promise<void> {
  await server?.stop()
  if (record === undefined) return
  const { secrets, searched, sources, findings } = await searchRecord(record)
  if (findings.length > 0) {
    const shown = findings.slice(0, 10).map(({ kind, source, where }) => `${kind} of ${source}: …${where}[SECRET]`)
    throw new Error(`Secrets of tests were found in ${String(findings.length)} places:\n${shown.join('\n')}`)
  }
  const sizes = KINDS.map((kind) => `${kind} ${String(Math.round(searched[kind] / 1024))} KiB`).join(', ')
  const seen = `${String(secrets)} secrets, ${String(sources)} test files, ${sizes}`
  const missing = KINDS.filter((kind) => searched[kind] === 0 && isExpected(kind))
  // what has seen little proves little
  if (isWhole(config) && (secrets < FEWEST_SECRETS || sources < FEWEST_SOURCES || missing.length > 0)) {
    throw new Error(`The search for secrets had not enough to look at: ${seen}`)
  }
  process.stderr.write(`Searched for secrets, none found: ${seen}\n`)
}

const FEWEST_SECRETS = 300
const FEWEST_SOURCES = 30

function isWhole({ nonFlagArgs, testNamePattern, shard, onlyChanged }: Config.GlobalConfig): boolean {
  return nonFlagArgs.length === 0 && !testNamePattern && !shard && !onlyChanged
}

/** A Redis that is not ours is not searched. */
function isExpected(kind: Kind): boolean {
  return kind !== 'redis' || (redisAvailable() && process.env['REDIS_URL'] === undefined)
}
