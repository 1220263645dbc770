import { ConfigError, parseServiceConfig } from '@redrive/config'
import { createSealer } from '@redrive/core'
import { reencrypt, StoreUnavailable } from '@redrive/store'

/** `npm run reencrypt`: seals secrets and sensitive headers under the first of REDRIVE_ENCRYPTION_KEYS. */
try {
  const config = parseServiceConfig(process.env)
  const sealer = createSealer(config.security.encryptionKeys)
  const { changed, current, unreadable } = await reencrypt({ databaseUrl: config.database.url, sealer })
  process.stdout.write(
    `Sealed anew: ${String(changed)}. Under the first key already: ${String(current)}. Not readable: ${String(unreadable.length)}.\n`,
  )
  if (unreadable.length > 0) {
    process.exitCode = 1
    process.stderr.write(
      `None of REDRIVE_ENCRYPTION_KEYS opens what is sealed for these endpoints: ${unreadable.join(', ')}\n`,
    )
  }
} catch (error) {
  process.exitCode = 1
  const expected = error instanceof ConfigError || error instanceof StoreUnavailable
  process.stderr.write(`${expected ? error.message : String(error instanceof Error ? error.stack : error)}\n`)
}
