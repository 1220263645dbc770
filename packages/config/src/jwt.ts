import type { ConfigProblem, JwtConfig } from './config.ts'
import type { Values } from './variables.ts'

const KEYS = ['JWT_HS256_SECRET', 'JWT_JWKS_FILE', 'JWT_JWKS_URL'] as const
const NEEDED = ['JWT_ISSUER', 'JWT_AUDIENCE'] as const
type JwtVariable = (typeof KEYS)[number] | (typeof NEEDED)[number]

/** The variables of JWTs only work together: issuer, audience and one source of keys, or none of them. */
export function jwtProblems(values: Pick<Values, JwtVariable>): ConfigProblem[] {
  const [given, ...more] = KEYS.filter((name) => values[name] !== undefined)
  if (given === undefined && NEEDED.every((name) => values[name] === undefined)) return []
  const problems: ConfigProblem[] = NEEDED.filter((name) => values[name] === undefined).map((variable) => ({
    variable,
    message: 'is not set: JWTs are only accepted from one issuer and for one audience',
  }))
  if (given === undefined) {
    problems.push({
      variable: 'JWT_HS256_SECRET',
      message: 'is not set, nor JWT_JWKS_FILE or JWT_JWKS_URL: one of them must say which keys JWTs are signed with',
    })
  }
  for (const variable of more)
    problems.push({ variable, message: `is set beside ${String(given)}: choose one of them` })
  return problems
}

/** Of values in which `jwtProblems` has found nothing wrong. */
export function jwtConfig(values: Pick<Values, JwtVariable>): JwtConfig | null {
  const { JWT_ISSUER: issuer, JWT_AUDIENCE: audience } = values
  const keys = keysOf(values)
  return issuer === undefined || audience === undefined || keys === null ? null : { issuer, audience, keys }
}

function keysOf(values: Pick<Values, JwtVariable>): JwtConfig['keys'] | null {
  const { JWT_HS256_SECRET: secret, JWT_JWKS_FILE: path, JWT_JWKS_URL: url } = values
  if (secret !== undefined) return { kind: 'hs256', secret }
  if (path !== undefined) return { kind: 'file', path }
  return url === undefined ? null : { kind: 'url', url }
}
