import { generateKeyPairSync, randomBytes, sign } from 'node:crypto'
import type { KeyObject } from 'node:crypto'
import { isIPv4 } from 'node:net'

/** A private key and its certificate, both PEM, as `tls.createServer` takes them. */
export interface KeyAndCertificate {
  key: string
  cert: string
}

export interface CertificateRequest {
  /** DNS names and IPv4 addresses that it is for; default 127.0.0.1 and localhost */
  hosts?: string[]
  notBefore?: Date
  notAfter?: Date
}

export interface TestAuthority {
  /** its own certificate, for whoever shall trust it */
  cert: string
  issue(request?: CertificateRequest): KeyAndCertificate
}

const DAY_MS = 86_400_000
const ECDSA_WITH_SHA256 = sequence(oid('2a8648ce3d040302'))
const COMMON_NAME = oid('550403')
const BASIC_CONSTRAINTS = oid('551d13')
const SUBJECT_ALT_NAME = oid('551d11')
const TRUE = der(0x01, Buffer.from([0xff]))

/** A certificate authority made for one test run, so that no key lies in the repository. */
export function createTestAuthority(): TestAuthority {
  const { privateKey, publicKey } = generateKeyPairSync('ec', { namedCurve: 'P-256' })
  const subject = name(`Redrive test authority ${randomBytes(4).toString('hex')}`)
  const isAuthority = sequence(BASIC_CONSTRAINTS, TRUE, octets(sequence(TRUE)))
  const cert = certificate({ issuer: subject, issuerKey: privateKey, subject, publicKey, extension: isAuthority })
  return {
    cert,
    issue: (request = {}) => {
      const pair = generateKeyPairSync('ec', { namedCurve: 'P-256' })
      return {
        key: pem(pair.privateKey),
        cert: certificate({
          issuer: subject,
          issuerKey: privateKey,
          subject: name('Redrive test receiver'),
          publicKey: pair.publicKey,
          extension: altNames(request.hosts),
          ...request,
        }),
      }
    },
  }
}

/** A certificate that no one but itself vouches for. */
export function selfSigned(request: CertificateRequest = {}): KeyAndCertificate {
  const { privateKey, publicKey } = generateKeyPairSync('ec', { namedCurve: 'P-256' })
  const subject = name('Redrive test receiver')
  const extension = altNames(request.hosts)
  const cert = certificate({ issuer: subject, issuerKey: privateKey, subject, publicKey, extension, ...request })
  return { key: pem(privateKey), cert }
}

interface Contents extends CertificateRequest {
  issuer: Buffer
  issuerKey: KeyObject
  subject: Buffer
  publicKey: KeyObject
  extension: Buffer
}

/** An X.509 version 3 certificate with one extension, signed with ECDSA (RFC 5280, section 4.1). */
function certificate(contents: Contents): string {
  const { notBefore = new Date(Date.now() - DAY_MS), notAfter = new Date(Date.now() + DAY_MS) } = contents
  const version3 = der(0xa0, der(0x02, Buffer.from([2])))
  const serial = der(0x02, Buffer.concat([Buffer.from([1]), randomBytes(8)]))
  const toBeSigned = sequence(
    version3,
    serial,
    ECDSA_WITH_SHA256,
    contents.issuer,
    sequence(time(notBefore), time(notAfter)),
    contents.subject,
    contents.publicKey.export({ type: 'spki', format: 'der' }),
    der(0xa3, sequence(contents.extension)),
  )
  const signature = sign('sha256', toBeSigned, contents.issuerKey)
  const bitString = der(0x03, Buffer.concat([Buffer.from([0]), signature]))
  const base64 = sequence(toBeSigned, ECDSA_WITH_SHA256, bitString).toString('base64')
  return `-----BEGIN CERTIFICATE-----\n${(base64.match(/.{1,64}/gu) ?? []).join('\n')}\n-----END CERTIFICATE-----\n`
}

function altNames(hosts = ['127.0.0.1', 'localhost']): Buffer {
  const names = hosts.map((host) =>
    isIPv4(host) ? der(0x87, Buffer.from(host.split('.').map(Number))) : der(0x82, Buffer.from(host)),
  )
  return sequence(SUBJECT_ALT_NAME, octets(sequence(...names)))
}

function name(commonName: string): Buffer {
  return sequence(der(0x31, sequence(COMMON_NAME, der(0x0c, Buffer.from(commonName)))))
}

function time(date: Date): Buffer {
  return der(0x18, Buffer.from(`${date.toISOString().replace(/[-:T]/gu, '').slice(0, 14)}Z`))
}

function oid(hex: string): Buffer {
  return der(0x06, Buffer.from(hex, 'hex'))
}

function octets(contents: Buffer): Buffer {
  return der(0x04, contents)
}

function sequence(...contents: Buffer[]): Buffer {
  return der(0x30, Buffer.concat(contents))
}

function der(tag: number, contents: Buffer): Buffer {
  const length = contents.length
  const header =
    length < 0x80 ? [tag, length] : length < 0x100 ? [tag, 0x81, length] : [tag, 0x82, length >> 8, length & 0xff]
  return Buffer.concat([Buffer.from(header), contents])
}

function pem(key: KeyObject): string {
  return key.export({ type: 'pkcs8', format: 'pem' }).toString()
}
