import { SCOPES, isUuid } from '@redrive/core'
import { z } from 'zod'
import { pageOf } from './lists.ts'
import { id, text } from './text.ts'
import { instant, timestamp } from './time.ts'

const name = text(1, 200)

/** Foreign contracts name a tenant by id, number or slug, so a slug must not look like one of the others. */
const slug = z
  .string()
  .max(63)
  .regex(/^[a-z0-9]+(?:-[a-z0-9]+)*$/, 'A slug is made of lower-case letters and digits, with single hyphens between')
  .refine((value) => !/^[0-9]+$/.test(value) && !isUuid(value), 'A slug must not look like a number or a UUID')

export const createTenant = z.strictObject({ name, slug: slug.exactOptional() })

export const updateTenant = z.strictObject({ name: name.exactOptional(), slug: slug.exactOptional() })

export const tenant = z.object({
  id,
  number: z.int(),
  name: z.string(),
  slug: z.string(),
  createdAt: timestamp,
  updatedAt: timestamp,
})
export const tenantPage = pageOf(tenant)

const scope = z.enum(SCOPES, { error: `A scope is one of ${SCOPES.join(', ')}` })

export const createApiKey = z.strictObject({
  name,
  scopes: z.array(scope).min(1, 'A key needs at least one scope').max(SCOPES.length),
  expiresAt: instant.nullable().default(null),
})

export const apiKey = z.object({
  id,
  tenantId: id,
  name: z.string(),
  scopes: z.array(scope),
  createdAt: timestamp,
  expiresAt: timestamp.nullable(),
  revokedAt: timestamp.nullable(),
  lastUsedAt: timestamp.nullable(),
})
export const apiKeyPage = pageOf(apiKey)

/** The only answer that ever shows the key. */
export const createdApiKey = apiKey.extend({ key: z.string() })
