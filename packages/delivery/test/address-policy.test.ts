import { describe, expect, test } from '@jest/globals'
import fc from 'fast-check'
import { createAddressPolicy } from '../src/index.ts'

const strict = createAddressPolicy()
const local = createAddressPolicy({ allowNetworks: ['127.0.0.0/8', '::1/128', '10.1.0.0/16', 'fd00:1::/32'] })

describe('addresses that are refused', () => {
  test.each([
    // IPv4: each special range, at both its ends
    ...[
      '0.0.0.0',
      '0.255.255.255',
      '10.0.0.0',
      '10.255.255.255',
      '100.64.0.0',
      '100.127.255.255',
      '127.0.0.0',
      '127.0.0.1',
    ],
    ...['127.255.255.255', '169.254.0.0', '169.254.169.254', '169.254.170.2', '169.254.255.255', '172.16.0.0'],
    ...['172.31.255.255', '192.0.0.0', '192.0.0.192', '192.0.0.255', '192.0.2.0', '192.0.2.255', '192.31.196.0'],
    ...['192.31.196.255', '192.52.193.0', '192.52.193.255', '192.88.99.0', '192.88.99.255', '192.168.0.0'],
    ...['192.168.255.255', '192.175.48.0', '192.175.48.255', '198.18.0.0', '198.19.255.255', '198.51.100.0'],
    ...[
      '198.51.100.255',
      '203.0.113.0',
      '203.0.113.255',
      '224.0.0.0',
      '239.255.255.255',
      '240.0.0.0',
      '255.255.255.255',
    ],
    ...['168.63.129.16', '100.100.100.200'],
    // IPv6 outside global unicast
    ...['::', '::1', '::2', '100::1', '64:ff9b:1::1', '1fff::1', '4000::1', '5f00::1', 'fc00::1', 'fd00::1'],
    ...['fd00:ec2::254', 'fe80::1', 'fe80::1%eth0', 'fec0::1', 'ff00::1', 'ff02::1', 'ffff::1'],
    // Special blocks of global unicast
    ...[
      '2001::1',
      '2001:1ff:ffff::1',
      '2001:db8::1',
      '2001:db8:ffff::1',
      '2002::1',
      '2620:4f:8000::1',
      '3fff::1',
      '3fff:fff::1',
    ],
    // IPv4 inside IPv6: mapped, compatible, translated, NAT64, 6to4, Teredo; whatever they carry
    ...[
      '::ffff:127.0.0.1',
      '::ffff:7f00:1',
      '::ffff:8.8.8.8',
      '::127.0.0.1',
      '::7f00:1',
      '::8.8.8.8',
      '::ffff:0:127.0.0.1',
    ],
    ...[
      '64:ff9b::127.0.0.1',
      '64:ff9b::8.8.8.8',
      '2002:7f00:1::',
      '2002:a9fe:a9fe::1',
      '2001:0:4136:e378:8000:63bf:80ff:fffe',
    ],
  ])('%s', (address) => {
    expect(strict.refuseAddress(address)).toMatch(/^\S+ is refused by the address policy: .+\.$/u)
  })

  test.each(['', 'localhost', '1.2.3', '1.2.3.4.5', '0x7f.1', '[::1]', '1.2.3.4/8', ':::', '256.1.1.1', '1.2.3.4\0'])(
    '%j, which is none',
    (text) => {
      expect(strict.refuseAddress(text)).toMatch(/is not an IP address/u)
    },
  )
})

test.each([
  ...['1.1.1.1', '8.8.8.8', '1.0.0.0', '9.255.255.255', '11.0.0.0', '100.63.255.255', '100.128.0.0', '126.255.255.255'],
  ...[
    '128.0.0.0',
    '169.253.255.255',
    '169.255.0.0',
    '172.15.255.255',
    '172.32.0.0',
    '192.0.1.0',
    '192.0.3.0',
    '192.167.255.255',
  ],
  ...[
    '192.169.0.0',
    '198.17.255.255',
    '198.20.0.0',
    '203.0.112.255',
    '203.0.114.0',
    '223.255.255.255',
    '168.63.129.15',
  ],
  ...[
    '2000::',
    '2001:200::1',
    '2001:4860:4860::8888',
    '2003::1',
    '2606:4700::1111',
    '2620:4f:8001::1',
    '3ffe::1',
    '3fff:1000::1',
  ],
])('%s may be sent to', (address) => {
  expect(strict.refuseAddress(address)).toBeNull()
})

describe('networks that the operator opens', () => {
  test.each(['127.0.0.1', '127.255.255.255', '::1', '10.1.255.255', 'fd00:1::1', 'fd00:1::1%lo', '8.8.8.8'])(
    '%s is open',
    (address) => {
      expect(local.refuseAddress(address)).toBeNull()
    },
  )
  test.each([
    '10.2.0.0',
    '10.0.255.255',
    '::2',
    'fd00:2::1',
    '169.254.169.254',
    '::ffff:127.0.0.1',
    '::127.0.0.1',
    '2002:7f00:1::',
  ])('%s stays shut', (address) => {
    expect(local.refuseAddress(address)).not.toBeNull()
  })
  test.each([
    '10.0.0.0',
    '10.0.0.0/33',
    '::1/129',
    '10.0.0/8',
    'localhost/8',
    '',
    '/8',
    '10.0.0.0/',
    '10.0.0.0/8 ',
    '10.0.0.0/-1',
    'fe80::1%eth0/64',
  ])('%j is no network, and the message names it', (network) => {
    expect(() => createAddressPolicy({ allowNetworks: [network] })).toThrow(`"${network}" is not a network`)
  })
  test.each([0, -1, 65_536, 1.5, Number.NaN])('%d is no port', (port) => {
    expect(() => createAddressPolicy({ deniedPorts: [port] })).toThrow('is not a port')
  })
})

describe('for any input', () => {
  const octets = fc.tuple(fc.nat(255), fc.nat(255), fc.nat(255), fc.nat(255))
  const dotted = (parts: readonly number[]): string => parts.join('.')

  test('however an IPv4 address is spelt, a URL is judged as the address is', () => {
    const radix = fc.constantFrom(
      (n: number) => String(n),
      (n: number) => `0x${n.toString(16)}`,
      (n: number) => (n === 0 ? '0' : `0${n.toString(8)}`),
    )
    fc.assert(
      fc.property(octets, radix, radix, fc.integer({ min: 1, max: 4 }), ([a, b, c, d], spell, spellLast, parts) => {
        const number = ((a * 256 + b) * 256 + c) * 256 + d
        const heads = [a, b, c].slice(0, parts - 1)
        const rest = number % 256 ** (5 - parts)
        const host = [...heads.map(spell), spellLast(rest)].join('.')
        expect(strict.refuseUrl(`http://${host}/`)).toBe(strict.refuseAddress(dotted([a, b, c, d])))
      }),
    )
  })

  test('no IPv6 form of an IPv4 address opens anything', () => {
    fc.assert(
      fc.property(octets, ([a, b, c, d]) => {
        const hex = (high: number, low: number): string => (high * 256 + low).toString(16)
        const [high, low] = [hex(a, b), hex(c, d)]
        const forms = [
          `::${dotted([a, b, c, d])}`,
          `::ffff:${dotted([a, b, c, d])}`,
          `::ffff:${high}:${low}`,
          `::ffff:0:${high}:${low}`,
        ]
        for (const form of [...forms, `64:ff9b::${high}:${low}`, `2002:${high}:${low}::1`, `2001::${high}:${low}`]) {
          for (const policy of [strict, createAddressPolicy({ allowNetworks: ['0.0.0.0/0'] })]) {
            expect(policy.refuseAddress(form)).not.toBeNull()
            expect(policy.refuseUrl(`http://[${form}]/`)).not.toBeNull()
          }
        }
      }),
    )
  })

  test('an IPv6 address is reachable only within 2000::/3', () => {
    fc.assert(
      fc.property(fc.ipV6(), (address) => {
        const first = Number.parseInt(address.startsWith('::') ? '0' : (address.split(':')[0] ?? ''), 16)
        if (strict.refuseAddress(address) === null) expect(first >> 13).toBe(1)
      }),
    )
  })

  test('text never throws, and what passes is http(s) to a host without credentials', () => {
    const text = fc.oneof(
      fc.string({ unit: 'binary' }),
      fc.webUrl({ withFragments: true, withQueryParameters: true }),
      fc.webUrl({
        authoritySettings: {
          withIPv4: true,
          withIPv4Extended: true,
          withIPv6: true,
          withPort: true,
          withUserInfo: true,
        },
      }),
      fc.string().map((tail) => `http://${tail}`),
    )
    fc.assert(
      fc.property(text, (url) => {
        if (strict.refuseUrl(url) !== null) return
        const parsed = new URL(url)
        expect(['http:', 'https:']).toContain(parsed.protocol)
        expect([parsed.username, parsed.password, parsed.hash]).toEqual(['', '', ''])
        expect(parsed.hostname).not.toBe('')
        expect(parsed.port).not.toBe('0')
      }),
      { numRuns: 1000 },
    )
  })
})
