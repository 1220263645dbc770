/**
 * What a jest run has said and kept, and the secrets that were in it: set down by the installations that tests make, so
 * that when the run is over everything is searched for every one of them.
 */
import { appendFileSync } from 'node:fs'
import { mkdtemp, readdir, readFile, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join, relative } from 'node:path'
import { Writable } from 'node:stream'
import { removeWithUs } from './guardian.ts'

/**
 * `answers`: problems, and what operators are shown. `jobs`: as they were handed to the queue, and what BullMQ has kept
 * of them in PostgreSQL. `redis`: every key of every private server.
 */
export const KINDS = ['logs', 'answers', 'metrics', 'jobs', 'redis', 'spans'] as const
export type Kind = (typeof KINDS)[number]

export interface Finding {
  kind: Kind
  /** the test file, or the part of its name that was kept */
  source: string
  /** what stands before the secret */
  where: string
}

export interface SearchReport {
  secrets: number
  /** bytes that were searched */
  searched: Record<Kind, number>
  /** test files that have shown anything */
  sources: number
  findings: Finding[]
}

/** Names the folder of the record for the workers of a jest run. */
const FOLDER_VARIABLE = 'REDRIVE_TEST_RECORD'
const SECRETS = 'secrets'
/** What one test file may set down of a kind: floods say the same again and again. */
const MOST_BYTES = 8 * 1024 * 1024
const written = new Map<string, number>()

/** Opens a record for this process and those that it starts. */
export async function openRecord(): Promise<string> {
  const folder = await mkdtemp(join(tmpdir(), 'redrive-test-record-'))
  removeWithUs(folder)
  process.env[FOLDER_VARIABLE] = folder
  return folder
}

export function isRecorded(): boolean {
  return process.env[FOLDER_VARIABLE] !== undefined
}

/** Adds to the record, if one is kept. */
export function note(kind: Kind, text: string): void {
  append(kind, text)
}

/** Says what must be nowhere in the record: these values, and the secrets that a request or an answer holds. */
export function noteSecrets(...values: string[]): void {
  const forms = values.flatMap(searchable)
  if (forms.length > 0) append(SECRETS, forms.join('\n'))
}

export function noteSecretsIn(json: string): void {
  noteSecrets(...SECRETS_IN_JSON.flatMap((pattern) => [...json.matchAll(pattern)].map(([, value = '']) => value)))
}

const SECRETS_IN_JSON = [
  /"((?:rdk|whsec|whsk)_[^"\\]+)"/g,
  /"secret":"([^"\\]+)"/g,
  /"value":"([^"\\]+)","sensitive":true/g,
]

/** The words of a secret without what says its sort, and of a key in base64 the bytes in hex too. */
function searchable(value: string): string[] {
  const bare = value.replace(/^(?:whsec_|whsk_|rdk_[0-9a-f]*_)/, '').replace(/=+$/, '')
  const words = bare.split(/[^A-Za-z0-9_+/-]+/)
  if (bare !== value && words.length === 1) words.push(Buffer.from(bare, 'base64').toString('hex'))
  // shorter ones may turn up by chance
  return words.filter((word) => word.length >= WINDOW)
}

/** For logs that go to the record only. */
export function logRecord(): Writable {
  return new Writable({
    write(chunk: Buffer, _encoding, done) {
      note('logs', chunk.toString())
      done()
    },
  })
}

function append(kind: string, text: string): void {
  const folder = process.env[FOLDER_VARIABLE]
  if (folder === undefined) return
  const file = `${kind}@${source()}`
  const before = written.get(file) ?? 0
  if (before > MOST_BYTES) return
  written.set(file, before + text.length)
  // one file for each test file, which runs in one process
  appendFileSync(join(folder, file), `${text}\n`, 'latin1')
}

/** The test file that runs in this process: jest's `expect` knows it, where there is one. */
function source(): string {
  const { expect } = globalThis as { expect?: { getState(): { testPath?: string } } }
  const path = expect?.getState().testPath
  return path === undefined ? 'run' : relative(process.cwd(), path).replaceAll(/[^\w.-]/g, '+')
}

/** Searches the record, and removes it. */
export async function searchRecord(folder: string): Promise<SearchReport> {
  try {
    const files = (await readdir(folder)).sort().map((file) => {
      const [kind = '', source = ''] = file.split('@')
      return { kind, source, read: () => readFile(join(folder, file), 'latin1') }
    })
    const secrets = new Set<string>()
    for (const { kind, read } of files) {
      if (kind !== SECRETS) continue
      for (const line of (await read()).split('\n')) if (line !== '') secrets.add(line)
    }
    const byStart = Map.groupBy(secrets, (value) => value.slice(0, WINDOW))
    const searched: SearchReport['searched'] = { logs: 0, answers: 0, metrics: 0, jobs: 0, redis: 0, spans: 0 }
    const sources = new Set<string>()
    const findings: Finding[] = []
    for (const { kind, source, read } of files) {
      if (!isKind(kind)) continue
      const text = await read()
      searched[kind] += text.length
      sources.add(source)
      for (const where of search(text, byStart)) findings.push({ kind, source, where })
    }
    return { secrets: secrets.size, searched, sources: sources.size, findings }
  } finally {
    await rm(folder, { recursive: true, force: true })
  }
}

function isKind(kind: string): kind is Kind {
  return (KINDS as readonly string[]).includes(kind)
}

const WINDOW = 16

/** All secrets at once: at each place of a word, whether one begins there. */
function search(text: string, byStart: ReadonlyMap<string, string[]>): string[] {
  const found: string[] = []
  for (const { 0: word, index } of text.matchAll(/[A-Za-z0-9_+/-]{16,}/g)) {
    for (let at = 0; at + WINDOW <= word.length; at++) {
      const begun = byStart.get(word.slice(at, at + WINDOW))
      if (begun?.some((value) => word.startsWith(value, at)) === true) {
        found.push(text.slice(Math.max(0, index + at - 200), index + at))
      }
    }
  }
  return found
}
