import { readFileSync } from 'node:fs'
import { join } from 'node:path'
import { createClient, type Client } from '@redrive/client'
import { type Io, UsageError } from './io.ts'

export interface ConnectionFlags {
  url?: string | undefined
  key?: string | undefined
  tenant?: string | undefined
}

export interface Connection {
  baseUrl: string
  client: Client
}

/** By flags, else `REDRIVE_URL` and `REDRIVE_KEY`, else what `npm start` has written into its data folder. */
export function connect(flags: ConnectionFlags, role: 'tenant' | 'operator', { env }: Io): Connection {
  const written = readCredentials(env['REDRIVE_DATA_DIR'] ?? '.redrive')
  const baseUrl = flags.url ?? env['REDRIVE_URL'] ?? written['baseUrl']
  const key = flags.key ?? env['REDRIVE_KEY'] ?? written[role === 'operator' ? 'operatorKey' : 'tenantKey']
  if (baseUrl === undefined || key === undefined) {
    throw new UsageError(
      'Where is Redrive? Name --url and --key, or REDRIVE_URL and REDRIVE_KEY, or start it here with npm start',
    )
  }
  const tenant = flags.tenant === undefined ? {} : { tenantId: flags.tenant }
  return { baseUrl, client: createClient({ baseUrl, key, maxRetries: 2, ...tenant }) }
}

function readCredentials(folder: string): Record<string, string | undefined> {
  try {
    // written by apps/standalone
    return JSON.parse(readFileSync(join(folder, 'credentials.json'), 'utf8')) as Record<string, string>
  } catch {
    return {}
  }
}
