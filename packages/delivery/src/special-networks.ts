/**
 * What a delivery may not reach unless the operator names it: IANA's special-purpose IPv4 registry, multicast and
 * reserved space, and the address of Azure's host agent. The metadata services of the other clouds lie in these ranges
 * (169.254.169.254, 100.100.100.200, 192.0.0.192).
 * https://www.iana.org/assignments/iana-ipv4-special-registry
 */
export const REFUSED_IPV4: readonly (readonly [network: string, prefix: number, what: string])[] = [
  ['0.0.0.0', 8, 'this network'],
  ['10.0.0.0', 8, 'a private network'],
  ['100.64.0.0', 10, 'carrier-grade NAT'],
  ['127.0.0.0', 8, 'loopback'],
  ['169.254.0.0', 16, 'link-local, where cloud metadata lives'],
  ['172.16.0.0', 12, 'a private network'],
  ['192.0.0.0', 24, 'IETF protocol assignments'],
  ['192.0.2.0', 24, 'documentation'],
  ['192.31.196.0', 24, 'AS112'],
  ['192.52.193.0', 24, 'automatic multicast tunnelling'],
  ['192.88.99.0', 24, '6to4 relays'],
  ['192.168.0.0', 16, 'a private network'],
  ['192.175.48.0', 24, 'AS112'],
  ['198.18.0.0', 15, 'benchmarking'],
  ['198.51.100.0', 24, 'documentation'],
  ['203.0.113.0', 24, 'documentation'],
  ['224.0.0.0', 4, 'multicast'],
  ['240.0.0.0', 4, 'reserved or broadcast'],
  ['168.63.129.16', 32, 'a cloud metadata service'],
]

/**
 * Of IPv6 only global unicast is reachable, less these blocks of it. Everything that carries an IPv4 address inside
 * (mapped, compatible, NAT64, 6to4, Teredo) is thereby refused, whatever it carries.
 * https://www.iana.org/assignments/iana-ipv6-special-registry
 */
export const GLOBAL_IPV6 = ['2000::', 3] as const
export const REFUSED_IPV6: readonly (readonly [network: string, prefix: number, what: string])[] = [
  ['2001::', 23, 'IETF protocol assignments, Teredo among them'],
  ['2001:db8::', 32, 'documentation'],
  ['2002::', 16, '6to4'],
  ['2620:4f:8000::', 48, 'AS112'],
  ['3fff::', 20, 'documentation'],
]
