import { type LookupAddress, lookup, TIMEOUT } from 'node:dns'
import type { Resolve } from './types.ts'

/**
 * A look-up that takes so long hangs, and holds one of the process's few threads until the resolver gives up. After 5 s
 * a resolver usually asks again, or the next server: what that answers counts.
 */
const HANGS_MS = 8_000

/**
 * Looks up each name once at a time, whoever asks for it meanwhile: a look-up can't be ended, and many of one name
 * would take the threads from all others. While it hangs, whoever asks is refused at once (ETIMEOUT). Nothing is kept
 * once it is answered.
 */
export function sharedLookUps(lookUp: Resolve = systemLookUp, now = () => performance.now()): Resolve {
  const underWay = new Map<string, { since: number; addresses: Promise<LookupAddress[]> }>()
  return (hostname) => {
    const known = underWay.get(hostname)
    if (known !== undefined) {
      return now() - known.since < HANGS_MS ? known.addresses : Promise.reject(new HangingLookUp(hostname))
    }
    const addresses = lookUp(hostname).finally(() => underWay.delete(hostname))
    underWay.set(hostname, { since: now(), addresses })
    return addresses
  }
}

class HangingLookUp extends Error {
  override readonly name = 'HangingLookUp'
  readonly code = TIMEOUT

  constructor(hostname: string) {
    super(`${hostname} is being looked up, and its servers do not answer`)
  }
}

/** All addresses of a name, in the order of the operating system's resolver. */
function systemLookUp(hostname: string): Promise<LookupAddress[]> {
  return new Promise((resolve, reject) => {
    lookup(hostname, { all: true }, (error, addresses) => {
      if (error === null) resolve(addresses)
      else reject(error)
    })
  })
}
