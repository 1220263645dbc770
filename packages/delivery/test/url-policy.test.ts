import { describe, expect, test } from '@jest/globals'
import { createAddressPolicy } from '../src/index.ts'

const strict = createAddressPolicy()
const local = createAddressPolicy({ allowNetworks: ['127.0.0.0/8', '::1/128', '10.1.0.0/16', 'fd00:1::/32'] })

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
