import { SCOPES, isLikeIdOrNumber } from '@redrive/core'
import { z } from 'zod'
import { pageOf } from './lists.ts'
import { id, text } from './text.ts'
import { instant, timestamp } from './time.ts'

const name = text(1, 200).describe('For people; 1 to 200 characters')

/** Foreign contracts name a tenant by id, number or slug, so a slug must not look like one of the others. */
const slug = z
  .string()
  .max(63)
  .regex(/^[a-z0-9]+(?:-[a-z0-9]+)*$/, 'A slug is made of lower-case letters and digits, with single hyphens between')
  .refine((value) => !isLikeIdOrNumber(value), 'A slug must not look like a number or a UUID')
  .describe('Unique: lower-case letters and digits with single hyphens between, up to 63; not like a number or a UUID')

export const createTenant = z.strictObject({
  name,
  slug: slug
    .exactOptional()
    .describe('Unique; lower-case letters, digits and single hyphens. Absent: made of the name'),
})

export const updateTenant = z.strictObject({ name: name.exactOptional(), slug: slug.exactOptional() })

export const tenant = z.object({
  id: id.describe('The tenant’s id'),
  number: z.int().describe('The same as a number, for APIs that know tenants by one'),
  name: z.string().describe('For people'),
  slug: z.string().describe('Names it in other APIs, as its id does'),
  createdAt: timestamp.describe('When it was created'),
  updatedAt: timestamp.describe('When it last changed'),
})
export const tenantPage = pageOf(tenant)

const scope = z.enum(SCOPES, { error: `A scope is one of ${SCOPES.join(', ')}` })

export const createApiKey = z.strictObject({
  name,
  scopes: z
    .array(scope)
    .min(1, 'A key needs at least one scope')
    .max(SCOPES.length)
    .describe('What it may do; `operator` is everything, in every tenant'),
  expiresAt: instant.nullable().default(null).describe('It stops working then; must lie ahead. Null: never'),
})

export const apiKey = z.object({
  id: id.describe('The key’s id, which is no secret'),
  tenantId: id.describe('The tenant that it belongs to'),
  name: z.string().describe('For people'),
  scopes: z.array(scope).describe('What it may do'),
  createdAt: timestamp.describe('When it was created'),
  expiresAt: timestamp.nullable().describe('When it stops working; null: never'),
  revokedAt: timestamp.nullable().describe('When it was revoked; null: it was not'),
  lastUsedAt: timestamp.nullable().describe('When it was last used; null: never'),
})
export const apiKeyPage = pageOf(apiKey)

/** The only answer that ever shows the key. */
export const createdApiKey = apiKey.extend({
  key: z.string().describe('The key itself, `rdk_<id>_<secret>`: only its hash is stored, so keep it'),
})
