import { z } from 'zod'
import type { DataFolder } from './data-folder.ts'

export const CREDENTIALS_FILE = 'credentials.json'

const credentialsSchema = z.object({
  baseUrl: z.string(),
  operatorKey: z.string(),
  tenantId: z.string(),
  tenantKey: z.string(),
  /** null where receivers on this machine are refused, so that there is no sample endpoint */
  endpointId: z.string().nullable(),
  adminUrl: z.string(),
})

/** What a program needs to use this installation; README.md, "Run it". */
export type Credentials = z.infer<typeof credentialsSchema>

/** What the last start wrote, or null if there is none, or none that can be understood. */
export function readCredentials(folder: DataFolder): Credentials | null {
  try {
    return credentialsSchema.parse(JSON.parse(folder.read(CREDENTIALS_FILE) ?? 'null'))
  } catch {
    return null
  }
}

export function writeCredentials(folder: DataFolder, credentials: Credentials): void {
  folder.write(CREDENTIALS_FILE, `${JSON.stringify(credentials, null, 2)}\n`)
}
