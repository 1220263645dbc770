/**
 * What a jest run has said and kept, and the secrets that were in it: set down by the installations that tests make, so
 * that when the run is over everything is searched for every one of them.
 */
import { appendFileSync } from 'node:fs'
import { mkdtemp, readdir, readFile, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { Writable } from 'node:stream'

/** `jobs`: as they were handed to the queue, and what BullMQ has kept of them in PostgreSQL. `redis`: every key. */
export const KINDS = ['logs', 'metrics', 'jobs', 'redis', 'spans'] as const
export type Kind = (typeof KINDS)[number]

export interface Finding {
  kind: Kind
  /** the line or the part of it, with the secret itself left out */
  where: string
}

export interface SearchReport {
  secrets: number
  /** characters that were searched */
  searched: Record<Kind, number>
  findings: Finding[]
}

/** Names the folder of the record for the workers of a jest run. */
const FOLDER_VARIABLE = 'REDRIVE_TEST_RECORD'
const SECRETS = 'secrets'
/** Shorter ones may turn up by chance; others than these can't be told from what is around them. */
const SEARCHABLE = /^[A-Za-z0-9_+/=-]{16,}$/
const WINDOW = 16

/** Opens a record for this process and those that it starts. */
export async function openRecord(): Promise<string> {
  const folder = await mkdtemp(join(tmpdir(), 'redrive-test-record-'))
  process.env[FOLDER_VARIABLE] = folder
  return folder
}

/** Adds to the record, if one is kept. */
export function note(kind: Kind, text: string): void {
  append(kind, text)
}

/** Says what must be nowhere in the record. What a caller may see as well in another form is given in each of them. */
export function secret(...values: string[]): void {
  for (const value of values) if (SEARCHABLE.test(value)) append(SECRETS, value)
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

function append(file: string, text: string): void {
  const folder = process.env[FOLDER_VARIABLE]
  // one file for each process: jest's workers write side by side
  if (folder !== undefined) appendFileSync(join(folder, `${file}.${String(process.pid)}`), `${text}\n`)
}

/** Searches the record, and removes it. */
export async function searchRecord(folder: string): Promise<SearchReport> {
  try {
    const files = (await readdir(folder)).sort()
    const texts = async (kind: string): Promise<string[]> =>
      Promise.all(
        files.filter((file) => file.startsWith(`${kind}.`)).map((file) => readFile(join(folder, file), 'latin1')),
      )
    const secrets = new Set((await texts(SECRETS)).flatMap((text) => text.split('\n').filter((line) => line !== '')))
    const byStart = Map.groupBy(secrets, (value) => value.slice(0, WINDOW))
    const searched: SearchReport['searched'] = { logs: 0, metrics: 0, jobs: 0, redis: 0, spans: 0 }
    const findings: Finding[] = []
    for (const kind of KINDS) {
      for (const text of await texts(kind)) {
        searched[kind] += text.length
        for (const where of search(text, byStart)) findings.push({ kind, where })
      }
    }
    return { secrets: secrets.size, searched, findings }
  } finally {
    await rm(folder, { recursive: true, force: true })
  }
}

/** All secrets at once: at each place of a word, whether one begins there. */
function search(text: string, byStart: ReadonlyMap<string, string[]>): string[] {
  const found: string[] = []
  for (const { 0: word, index } of text.matchAll(/[A-Za-z0-9_+/=-]{16,}/g)) {
    for (let at = 0; at + WINDOW <= word.length; at++) {
      const begun = byStart.get(word.slice(at, at + WINDOW))
      if (begun?.some((value) => word.startsWith(value, at)) === true) {
        found.push(`${text.slice(Math.max(0, index + at - 200), index + at)}[SECRET]`)
      }
    }
  }
  return found
}
