import { ConfigError, parseServiceConfig } from '@redrive/config'
import { migrateQueue } from '@redrive/queue'
import { migrate } from '@redrive/store'

/** `npm run migrate`: brings the database and the queue's datastore to this release, and says what it did. */
try {
  const config = parseServiceConfig(process.env)
  const applied = await migrate(config.database.url)
  await migrateQueue(config.queue)
  process.stdout.write(applied.length === 0 ? 'Nothing to migrate.\n' : `Applied ${applied.join(', ')}.\n`)
} catch (error) {
  process.exitCode = 1
  const expected = error instanceof ConfigError || (error instanceof Error && 'code' in error)
  process.stderr.write(`${expected ? error.message : String(error instanceof Error ? error.stack : error)}\n`)
}
