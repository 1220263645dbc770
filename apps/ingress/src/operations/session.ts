import { createHmac, hkdfSync, timingSafeEqual } from 'node:crypto'
import type { Clock } from '@redrive/core'

/** Sessions of the operator's browser: nothing is stored, the cookie carries its own end and a MAC over it. */
export interface Sessions {
  /** the value of `set-cookie` */
  start(secure: boolean): string
  end(): string
  isValid(cookieHeader: string | undefined): boolean
}

const COOKIE = 'redrive_admin'
const HOURS = 12
const TOKEN = /^([0-9]{13})\.([A-Za-z0-9_-]{43})$/

/** A new operator key ends all sessions, because the MAC's key is derived from it. */
export function createSessions({ operatorKey, clock }: { operatorKey: string; clock: Clock }): Sessions {
  const macKey = Buffer.from(hkdfSync('sha256', operatorKey, '', 'redrive admin session v1', 32))
  const mac = (text: string): Buffer => createHmac('sha256', macKey).update(text).digest()

  function cookie(value: string, maxAge: number, secure: boolean): string {
    const attributes = ['Path=/', 'HttpOnly', 'SameSite=Strict', `Max-Age=${String(maxAge)}`]
    return [`${COOKIE}=${value}`, ...attributes, ...(secure ? ['Secure'] : [])].join('; ')
  }

  function holds(token: string): boolean {
    const [, expiry = '', signature = ''] = TOKEN.exec(token) ?? []
    const given = Buffer.from(signature, 'base64url')
    const expected = mac(expiry)
    return given.length === expected.length && timingSafeEqual(given, expected) && Number(expiry) > clock()
  }

  return {
    start(secure) {
      const expiry = String(clock() + HOURS * 3_600_000)
      return cookie(`${expiry}.${mac(expiry).toString('base64url')}`, HOURS * 3600, secure)
    },
    end: () => cookie('', 0, false),
    isValid(header) {
      const parts = (header ?? '').slice(0, 4096).split(';')
      const tokens = parts.flatMap((part) => {
        const [name, value = ''] = part.trim().split('=', 2)
        return name === COOKIE ? [value] : []
      })
      return tokens.some(holds)
    },
  }
}
