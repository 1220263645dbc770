import { isIP } from 'node:net'
import { z } from 'zod'

/** The kinds of value that variables have. Messages say what is wanted; none repeats the value, which may be secret. */

export function wholeNumber(min: number, max: number): z.ZodType<number, string> {
  const error = `must be a whole number from ${String(min)} to ${String(max)}`
  return z
    .string()
    .regex(/^[0-9]{1,15}$/, { error, abort: true })
    .transform(Number)
    .refine((value) => value >= min && value <= max, { error })
}

export function oneOf<const T extends readonly [string, ...string[]]>(
  values: T,
): z.ZodEnum<z.core.util.ToEnum<T[number]>> {
  return z.enum(values, { error: `must be one of ${values.join(', ')}` })
}

/** A URL with one of these schemes (such as "https:"). */
export function urlText(...schemes: string[]): z.ZodType<string> {
  const wanted = schemes.map((scheme) => `${scheme}//`).join(' or ')
  return z.string().refine((text) => URL.canParse(text) && schemes.includes(new URL(text).protocol), {
    error: `must be a URL that begins with ${wanted}; percent-encode special characters in its password`,
  })
}

/** `0.1` is a tenth. */
export const ratio = z
  .string()
  .regex(/^(?:0(?:\.[0-9]{1,6})?|1(?:\.0{1,6})?)$/, { error: 'must be a number from 0 to 1, such as 0.1' })
  .transform(Number)

const SEVERAL_HOSTS = /^rediss?\+(?:sentinel|cluster):\/\/[^\s/]+(?:\/\S*)?$/

/** What @redrive/queue reads: one server, or the several hosts of Sentinel and Cluster, which make no URL. */
export const redisUrl = z.string().refine((text) => SEVERAL_HOSTS.test(text) || isRedisUrl(text), {
  error:
    'must begin with redis:// or rediss:// (or redis+sentinel://, redis+cluster:// and hosts separated by commas); percent-encode special characters in its password',
})

function isRedisUrl(text: string): boolean {
  return /^rediss?:\/\/[^/]/.test(text) && URL.canParse(text)
}

/** Keys that come over plain HTTP could be anybody's, except from this machine. */
export const jwksUrl = urlText('https:', 'http:').refine(
  (text) => new URL(text).protocol === 'https:' || /^(?:localhost|127\.0\.0\.1|\[::1\])$/.test(new URL(text).hostname),
  { error: 'must begin with https:// (http:// only for this machine itself)' },
)

/** Comma-separated, without blanks; an empty text is an empty list. */
export const list = z.string().transform((text) =>
  text
    .split(',')
    .map((entry) => entry.trim())
    .filter((entry) => entry !== ''),
)

export const networks = list.superRefine((entries, context) => {
  entries.forEach((entry, index) => {
    if (isNetwork(entry)) return
    const place = String(index + 1)
    context.addIssue(`entry ${place} is not a network; write it as 10.0.0.0/8 or fd00::/8, separated by commas`)
  })
})

const isCount = /^[0-9]{1,2}$/

const everybody = /\/0+$/
const ofProxies = {
  error: 'must be the number of proxies in front, or their networks, such as 10.0.0.0/8,fd00::/8, but not everybody',
}

/** `2`: the two proxies nearest to us. `10.0.0.0/8`: those with an address of that network. */
export const trustedProxies = z.union(
  [
    z.string().regex(isCount).transform(Number),
    networks.refine((entries) => !entries.some((entry) => everybody.test(entry)), ofProxies),
  ],
  ofProxies,
)

export const ports = list
  .refine((entries) => entries.every((entry) => /^[0-9]{1,5}$/.test(entry) && isPort(Number(entry))), {
    error: 'must be ports from 1 to 65535, separated by commas',
  })
  .transform((entries) => entries.map(Number))

function isPort(value: number): boolean {
  return value >= 1 && value <= 65_535
}

function isNetwork(text: string): boolean {
  const [, address = '', bits = ''] = /^([0-9a-fA-F.:]+)\/([0-9]{1,3})$/.exec(text) ?? []
  const family = isIP(address)
  return family !== 0 && Number(bits) <= (family === 4 ? 32 : 128)
}

const KEY_BYTES = 32

export const MAKE_A_KEY = (encoding: 'base64' | 'base64url'): string =>
  `node -e "console.log(require('crypto').randomBytes(${String(KEY_BYTES)}).toString('${encoding}'))"`

export const encryptionKeys = list
  .refine((keys) => keys.length > 0 && keys.every((key) => isEncryptionKey(key)), {
    error: `each key, separated by commas, must be ${String(KEY_BYTES)} bytes in base64; make one with: ${MAKE_A_KEY('base64')}`,
  })
  .transform((keys) => keys.map((key) => Buffer.from(key, 'base64')))

/** Node's decoder skips what is not base64, so that only the round trip tells. base64url is taken too. */
function isEncryptionKey(text: string): boolean {
  const standard = text.replaceAll('-', '+').replaceAll('_', '/').replace(/=+$/, '')
  const bytes = Buffer.from(standard, 'base64')
  return bytes.length === KEY_BYTES && bytes.toString('base64').replace(/=+$/, '') === standard
}
