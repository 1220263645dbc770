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

describe('URLs that are refused', () => {
  const LOOPBACK = /: loopback\.$/u
  const PRIVATE = /: a private network\.$/u
  const UNICAST = /outside global unicast/u
  test.each<[url: string, why: RegExp]>([
    ['http://127.0.0.1/', LOOPBACK],
    ['http://127.1/', LOOPBACK],
    ['http://127.0.1/', LOOPBACK],
    ['http://2130706433/', LOOPBACK],
    ['http://0x7f000001/', LOOPBACK],
    ['http://0x7f.0.0.1/', LOOPBACK],
    ['http://0X7F.1/', LOOPBACK],
    ['http://0177.0.0.1/', LOOPBACK],
    ['http://017700000001/', LOOPBACK],
    ['http://127.0.0.1./', LOOPBACK],
    ['http://%31%32%37.0.0.1/', LOOPBACK],
    ['http://①②⑦.⓪.⓪.①/', LOOPBACK],
    ['http://１２７.0.0.1/', LOOPBACK],
    ['http://127。0。0。1/', LOOPBACK],
    ['http://127.0.0.1:8080/', LOOPBACK],
    ['https://127.0.0.1/', LOOPBACK],
    ['HTTP://127.0.0.1/', LOOPBACK],
    ['http://localhost/', LOOPBACK],
    ['http://LOCALHOST/', LOOPBACK],
    ['http://loc%61lhost/', LOOPBACK],
    ['http://ｌｏｃａｌｈｏｓｔ/', LOOPBACK],
    ['http://api.localhost/', LOOPBACK],
    ['http://localhost:3000/x', LOOPBACK],
    ['http://10.0.0.1/', PRIVATE],
    ['http://192.168.1.1/', PRIVATE],
    ['http://172.16.0.1/', PRIVATE],
    ['http://0/', /this network/u],
    ['http://0.0.0.0/', /this network/u],
    ['http://169.254.169.254/latest/meta-data/', /metadata/u],
    ['http://2852039166/', /metadata/u],
    ['http://168.63.129.16/', /metadata/u],
    ['http://100.100.100.200/', /carrier-grade/u],
    ['http://[::1]/', UNICAST],
    ['http://[::]/', UNICAST],
    ['http://[0:0:0:0:0:0:0:1]/', UNICAST],
    ['http://[::ffff:127.0.0.1]/', UNICAST],
    ['http://[::ffff:7f00:1]/', UNICAST],
    ['http://[::127.0.0.1]/', UNICAST],
    ['http://[64:ff9b::7f00:1]/', UNICAST],
    ['http://[fe80::1]/', UNICAST],
    ['http://[fd00:ec2::254]/', UNICAST],
    ['http://[2002:7f00:1::]/', /6to4/u],
    ['http://[2001::1]/', /Teredo/u],
    ['http://[fe80::1%25eth0]/', /malformed/u],
    ['http://user@example.com/', /user name or password/u],
    ['http://user:secret@example.com/', /user name or password/u],
    ['http://:secret@example.com/', /user name or password/u],
    ['http://@example.com/', /user name or password/u],
    ['http://example.com@127.0.0.1/', /user name or password/u],
    ['http://127.0.0.1:80@example.com/', /user name or password/u],
    ['ftp://example.com/', /must begin/u],
    ['file:///etc/passwd', /must begin/u],
    ['unix:/var/run/docker.sock', /must begin/u],
    ['http://unix:/var/run/docker.sock:/x', /sockets/u],
    ['https://UNIX/x', /sockets/u],
    ['javascript:alert(1)', /must begin/u],
    ['gopher://example.com/', /must begin/u],
    ['data:text/plain,x', /must begin/u],
    ['ws://example.com/', /must begin/u],
    ['//example.com/', /must begin/u],
    ['example.com', /must begin/u],
    ['', /must begin/u],
    ['http:example.com', /must begin/u],
    ['http:/example.com', /must begin/u],
    ['http:///example.com', /must begin/u],
    ['http://', /must begin/u],
    ['http://?x', /must begin/u],
    ['http:\\\\example.com', /backslash/u],
    ['http://example.com\\@127.0.0.1/', /backslash/u],
    [' http://example.com/', /white space/u],
    ['http://example.com/ ', /white space/u],
    ['http://exam\nple.com/', /white space/u],
    ['ht\ttp://example.com/', /white space/u],
    ['http://example.com/a b', /white space/u],
    ['http://example.com/\u0000', /control character/u],
    ['http://example.com/\u00a0', /white space/u],
    ['http://example.com:0/', /Port 0/u],
    ['http://example.com:00/', /Port 0/u],
    ['http://example.com:65536/', /malformed/u],
    ['http://example.com:-1/', /malformed/u],
    ['http://example.com:8o/', /malformed/u],
    ['http://example.com/#part', /fragment/u],
    ['http://example.com/#', /fragment/u],
    ['http://example.com./', /ends with a dot/u],
    ['http://localhost./', /ends with a dot/u],
    ['http://a..example.com/', /not a valid DNS name/u],
    ['http://.example.com/', /not a valid DNS name/u],
    ['http://-a.example.com/', /not a valid DNS name/u],
    ['http://a-.example.com/', /not a valid DNS name/u],
    ['http://a!b.example.com/', /not a valid DNS name/u],
    ['http://a*b.example.com/', /not a valid DNS name/u],
    [`http://${'a'.repeat(64)}.example.com/`, /not a valid DNS name/u],
    [`http://${'a.'.repeat(127)}com/`, /longer than 253/u],
    [`http://example.com/${'a'.repeat(2030)}`, /longer than 2048/u],
    ['http://1.2.3.4.5/', /malformed/u],
    ['http://256.256.256.256/', /malformed/u],
    ['http://4294967296/', /malformed/u],
    ['http://[::1/', /malformed/u],
    ['http://[1.2.3.4]/', /malformed/u],
    ['http://a%00b.com/', /malformed/u],
    ['http://a%2fb.com/', /malformed/u],
    ['http://\u200d/', /malformed|must begin/u],
  ])('%j', (url, why) => {
    expect(strict.refuseUrl(url)).toMatch(why)
    expect(strict.refuseUrl(url)).toMatch(/^\S.*\.$/u)
  })

  test('the secret of a URL is not repeated', () => {
    expect(strict.refuseUrl('http://user:hunter2@example.com/')).not.toContain('hunter2')
  })
})

test.each([
  'http://example.com',
  'http://example.com/',
  'https://example.com/hooks?a=1&b=%20',
  'https://example.com:8443/x',
  'HTTPS://EXAMPLE.COM/',
  'https://bücher.example/',
  'https://xn--bcher-kva.example/',
  'https://例え.jp/フック',
  'https://my_host.example.com/',
  'http://redis/',
  'http://8.8.8.8/',
  'http://[2606:4700::1111]:8080/',
  'https://example.com/a@b',
  'https://example.com/?u=http://127.0.0.1/',
  `https://${'a'.repeat(63)}.example.com/`,
])('%s may be written', (url) => {
  expect(strict.refuseUrl(url)).toBeNull()
})

test.each([
  'http://localhost:3000/',
  'http://127.0.0.1:3000/',
  'http://0x7f.1/',
  'http://[::1]:3000/',
  'http://10.1.2.3/',
])('%s may be written where its network is open', (url) => {
  expect(local.refuseUrl(url)).toBeNull()
})

test('denied ports are refused, default ones too', () => {
  const policy = createAddressPolicy({ deniedPorts: [25, 80, 6379] })
  expect(policy.refuseUrl('http://example.com:25/')).toBe('Port 25 is refused by the address policy.')
  expect(policy.refuseUrl('http://example.com:6379/')).toMatch(/Port 6379/u)
  expect(policy.refuseUrl('http://example.com/')).toMatch(/Port 80/u)
  expect(policy.refuseUrl('http://example.com:0025/')).toMatch(/Port 25/u)
  expect(policy.refuseUrl('https://example.com/')).toBeNull()
  expect(policy.refuseUrl('http://example.com:443/')).toBeNull()
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
