import { BlockList, isIP, isIPv4, isIPv6 } from 'node:net'
import { memoize } from '@redrive/core'
import { GLOBAL_IPV6, REFUSED_IPV4, REFUSED_IPV6 } from './special-networks.ts'
import type { AddressPolicy } from './types.ts'

export interface AddressPolicyOptions {
  /** CIDR networks that are open although they are special, such as "127.0.0.0/8" or "fd00::/8" */
  allowNetworks?: readonly string[]
  /** ports that nothing is sent to, whatever the address */
  deniedPorts?: readonly number[]
}

const MAX_URL_LENGTH = 2048
const MAX_HOSTNAME_LENGTH = 253
/** Every attempt asks, and most go where others went. */
const KEPT_URLS = 10_000
const LABEL = /^[a-z0-9_](?:[a-z0-9_-]{0,61}[a-z0-9_])?$/
const DEFAULT_PORTS: Record<string, number> = { 'http:': 80, 'https:': 443 }

/** Makes the guard of outbound addresses. Throws a RangeError that names the entry if a network or port is malformed. */
export function createAddressPolicy({
  allowNetworks = [],
  deniedPorts = [],
}: AddressPolicyOptions = {}): AddressPolicy {
  const allowed = parseNetworks(allowNetworks)
  const refusedPorts = new Set(deniedPorts)
  for (const port of deniedPorts) {
    if (!Number.isInteger(port) || port < 1 || port > 65_535) throw new RangeError(`${String(port)} is not a port`)
  }

  function refuseAddress(address: string): string | null {
    // A scope ("fe80::1%eth0") says which link, not which network.
    const bare = address.split('%', 1)[0] ?? ''
    const family = isIP(bare)
    if (family === 0) return `"${printable(address)}" is not an IP address.`
    if (family === 4) {
      if (allowed.ipv4.check(bare, 'ipv4')) return null
      const special = SPECIAL_IPV4.find(({ list }) => list.check(bare, 'ipv4'))
      return special === undefined ? null : refusal(bare, special.what)
    }
    if (allowed.ipv6.check(bare, 'ipv6')) return null
    if (!IPV6_UNICAST.check(bare, 'ipv6')) return refusal(bare, 'outside global unicast (2000::/3)')
    const special = SPECIAL_IPV6.find(({ list }) => list.check(bare, 'ipv6'))
    return special === undefined ? null : refusal(bare, special.what)
  }

  // `localhost` never leaves the machine (RFC 6761), so it is judged by the loopback addresses without a look-up.
  const loopbackRefused = refuseAddress('127.0.0.1') !== null && refuseAddress('::1') !== null

  function judge(text: string): string | null {
    // The URL parser repairs all of these silently; a URL that needs repair is more likely a trick than a slip.
    if (/[\s\u0000-\u001f\u007f\\]/u.test(text))
      return 'The URL contains white space, a control character or a backslash.'
    if (!/^https?:\/\/[^/?#]/iu.test(text)) return 'The URL must begin with http:// or https:// and name a host.'
    if (!URL.canParse(text)) return 'The URL is malformed.'
    const url = new URL(text)
    const authority = text.slice(text.indexOf('//') + 2).split(/[/?#]/u, 1)[0] ?? ''
    if (authority.includes('@')) return 'The URL contains a user name or password; use a sensitive header instead.'
    if (text.includes('#')) return 'The URL contains a fragment, which is never sent.'

    const port = url.port === '' ? DEFAULT_PORTS[url.protocol] : Number(url.port)
    if (port === undefined || port === 0) return 'Port 0 can not be connected to.'
    if (refusedPorts.has(port)) return `Port ${String(port)} is refused by the address policy.`

    const address = literalAddress(url.hostname)
    return address === null ? refuseHostname(url.hostname) : refuseAddress(address)
  }

  function refuseHostname(hostname: string): string | null {
    if (hostname.endsWith('.')) return 'The host name ends with a dot; leave it out.'
    if (hostname.length > MAX_HOSTNAME_LENGTH)
      return `The host name is longer than ${String(MAX_HOSTNAME_LENGTH)} characters.`
    if (!hostname.split('.').every((label) => LABEL.test(label))) return 'The host name is not a valid DNS name.'
    // got reads this name as a path to a socket file.
    if (hostname === 'unix') return 'Unix sockets can not be sent to.'
    const local = hostname === 'localhost' || hostname.endsWith('.localhost')
    if (local && loopbackRefused) return `${hostname} is refused by the address policy: loopback.`
    return null
  }

  const known = memoize(KEPT_URLS, judge)
  return {
    refuseUrl: (text) =>
      text.length > MAX_URL_LENGTH ? `The URL is longer than ${String(MAX_URL_LENGTH)} characters.` : known(text),
    refuseAddress,
  }
}

/** The IP address that a URL's host (or a socket's) is, without brackets; null if it is a name. */
export function literalAddress(hostname: string): string | null {
  const bare = hostname.startsWith('[') && hostname.endsWith(']') ? hostname.slice(1, -1) : hostname
  return isIP(bare) === 0 ? null : bare
}

const SPECIAL_IPV4 = REFUSED_IPV4.map(([network, prefix, what]) => ({ what, list: listOf(network, prefix, 'ipv4') }))
const SPECIAL_IPV6 = REFUSED_IPV6.map(([network, prefix, what]) => ({ what, list: listOf(network, prefix, 'ipv6') }))
const IPV6_UNICAST = listOf(GLOBAL_IPV6[0], GLOBAL_IPV6[1], 'ipv6')

function listOf(network: string, prefix: number, family: 'ipv4' | 'ipv6'): BlockList {
  const list = new BlockList()
  list.addSubnet(network, prefix, family)
  return list
}

/** One list for each family: a BlockList would let an IPv4 entry match IPv4-mapped IPv6 addresses too. */
function parseNetworks(networks: readonly string[]): { ipv4: BlockList; ipv6: BlockList } {
  const lists = { ipv4: new BlockList(), ipv6: new BlockList() }
  for (const entry of networks) {
    const [, network = '', prefixText = ''] = /^([0-9a-f:.]+)\/(\d{1,3})$/iu.exec(entry) ?? []
    const prefix = Number(prefixText)
    if (isIPv4(network) && prefix <= 32) lists.ipv4.addSubnet(network, prefix, 'ipv4')
    else if (isIPv6(network) && prefix <= 128) lists.ipv6.addSubnet(network, prefix, 'ipv6')
    else
      throw new RangeError(
        `"${printable(entry)}" is not a network in CIDR notation, such as "10.0.0.0/8" or "fd00::/8"`,
      )
  }
  return lists
}

function refusal(address: string, what: string): string {
  return `${address} is refused by the address policy: ${what}.`
}

function printable(text: string): string {
  return text.slice(0, 64).replace(/[^\x20-\x7e]/gu, '?')
}
