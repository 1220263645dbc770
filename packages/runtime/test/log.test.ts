import { PassThrough } from 'node:stream'
import { describe, expect, test } from '@jest/globals'
import { createLog } from '../src/index.ts'
import type { Log, LogFormat, LogLevel } from '../src/index.ts'

function capture(level: LogLevel = 'info', format: LogFormat = 'json'): { log: Log; text: () => string } {
  const output = new PassThrough()
  let text = ''
  output.on('data', (chunk: Buffer) => (text += chunk.toString()))
  return { log: createLog({ level, format, output }), text: () => text }
}

const SIGNING = 'whsec_MfKQ9r8GKYqrTwjUPD8ILPZIo2LaLaSw'
const KEY = 'rdk_01a1fbf0b7ed7000a36bf4677547813c_FpN7MqDabcdefghijklmnopqrstuvwxyz0123456'

describe('redaction', () => {
  const cases: [string, object | string, string[]][] = [
    ['a key in a text', `key ${KEY} was used`, [KEY.slice(-20)]],
    ['a signing secret in a text', `signed with ${SIGNING}.`, [SIGNING.slice(6)]],
    ['an ed25519 secret', { note: 'whsk_6Xb/dCcHpPea21PS1N9VY==' }, ['6Xb/dCcH']],
    ['a bearer token', { header: 'Bearer abcdefghijklmnop' }, ['abcdefgh']],
    ['a password in a connection string', { url: 'postgresql://user:hunter2@db:5432/x' }, ['hunter2']],
    ['a password without a user', { url: 'redis://:hunter2@cache' }, ['hunter2']],
    ['a password with an @ in it', { url: 'redis://me:hun@ter2@cache' }, ['hun', 'ter2']],
    [
      'fields by name',
      { authorization: 'x1', 'Set-Cookie': 'x2', apiKey: 'x3', clientSecret: 'x4' },
      ['x1', 'x2', 'x3', 'x4'],
    ],
    [
      'plural and nested names',
      { encryptionKeys: ['x1'], headers: { 'x-api-key': 'x2', password: 'x3' } },
      ['x1', 'x2', 'x3'],
    ],
    ['an array', { list: [{ token: 'x1' }, SIGNING] }, ['x1', SIGNING.slice(6)]],
    ['an error', { error: new Error(`no: ${SIGNING}`) }, [SIGNING.slice(6)]],
    ['the cause of an error', { error: new Error('no', { cause: new Error(KEY) }) }, [KEY.slice(-20)]],
    ['properties of an error', { error: Object.assign(new Error('no'), { password: 'x1' }) }, ['x1']],
  ]

  test.each(cases)('%s', (_name, logged, secrets) => {
    const { log, text } = capture()
    if (typeof logged === 'string') log.info(logged)
    else log.info('line', { ...logged })
    expect(text()).toContain('[redacted]')
    for (const secret of secrets) expect(text()).not.toContain(secret)
  })

  test('leaves what is not secret', () => {
    const { log, text } = capture()
    const fields = {
      idempotencyKey: 'order-1',
      keys: 3,
      url: 'https://example.com/a@b',
      eventId: '01a1',
      monkey: 'yes',
    }
    log.info('line', fields)
    expect(JSON.parse(text())).toMatchObject(fields)
  })
})

test('writes one JSON line a call, with time, level, message and fields', () => {
  const { log, text } = capture()
  log.warn('attempt', { deliveryId: 'd1', ms: 12 })
  const line: unknown = JSON.parse(text())
  expect(line).toMatchObject({ level: 'warn', message: 'attempt', deliveryId: 'd1', ms: 12 })
  expect(text().trim().split('\n')).toHaveLength(1)
})

test('writes pretty lines, quoting what has blanks', () => {
  const { log, text } = capture('info', 'pretty')
  log.info('attempt', { id: 'd1', reason: 'went away' })
  expect(text()).toMatch(/^\d\d:\d\d:\d\d\.\d{3} info {2}attempt id=d1 reason="went away"\n$/)
})

test('leaves out what is below its level', () => {
  const { log, text } = capture('warn')
  log.info('quiet')
  log.error('loud')
  expect(text()).not.toContain('quiet')
  expect(text()).toContain('loud')
})

test('a child adds its fields to each line, and a line may override them', () => {
  const { log, text } = capture()
  log.child({ app: 'worker', jobId: '1' }).info('line', { jobId: '2' })
  expect(JSON.parse(text())).toMatchObject({ app: 'worker', jobId: '2' })
})

test('survives circles, depth, and what JSON can not say', () => {
  const { log, text } = capture()
  const circle: Record<string, unknown> = { big: 12n, bytes: Buffer.from('secret'), none: undefined }
  circle['self'] = circle
  log.info('line', { circle })
  expect(JSON.parse(text())).toMatchObject({ circle: { big: '12', bytes: '[6 bytes]', self: '[…]' } })
})

test('of what a library hangs on its error, only plain values are told', () => {
  const { log, text } = capture()
  // a refused login, as the client of Redis has it
  const command = { name: 'hello', args: ['3', 'AUTH', 'svc', 'hunter2'] }
  log.warn('line', { error: Object.assign(new Error('WRONGPASS'), { code: 'X1', command, undo: () => 'hunter2' }) })
  expect(text()).not.toContain('hunter2')
  expect(JSON.parse(text())).toMatchObject({ error: { message: 'WRONGPASS', code: 'X1' } })
})

test('goes on when whoever read it is gone', async () => {
  const output = new PassThrough()
  const log = createLog({ level: 'info', format: 'json', output })
  output.destroy(Object.assign(new Error('write EPIPE'), { code: 'EPIPE' }))
  log.info('line')
  await log.flush()
  expect(output.errored).toMatchObject({ code: 'EPIPE' })
})

test('flush resolves when all lines have been taken by the stream', async () => {
  const output = new PassThrough({ highWaterMark: 1 })
  const log = createLog({ level: 'info', format: 'json', output })
  for (let line = 0; line < 100; line++) log.info('line', { line })
  const flushed = log.flush()
  let text = ''
  output.on('data', (chunk: Buffer) => (text += chunk.toString()))
  await flushed
  expect(text.trim().split('\n')).toHaveLength(100)
})
