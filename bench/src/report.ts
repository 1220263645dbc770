import { mkdir, writeFile } from 'node:fs/promises'
import { cpus } from 'node:os'
import type { Options } from './options.ts'

/** A line of the table. */
interface Row {
  section: string
  name: string
  figures: Record<string, number>
  /** the figure that the target speaks of, as a share of a ceiling or in its own unit */
  goal?: { figure: number; of: string; atLeast?: number; atMost?: number }
}

export interface Report {
  /** Shows what is going on. */
  progress(text: string): void
  add(row: Row): void
  /** Prints the table, and writes bench/results/<date>-<queue>.json. */
  finish(): Promise<void>
}

export function createReport(options: Options): Report {
  const rows: Row[] = []
  const startedAt = new Date()
  const isTerminal = process.stderr.isTTY
  return {
    progress(text) {
      const seconds = String(Math.round((Date.now() - startedAt.getTime()) / 1000)).padStart(4)
      process.stderr.write(isTerminal ? `\r\x1b[K${seconds} s  ${text}` : `${seconds} s  ${text}\n`)
    },
    add(row) {
      rows.push(row)
      if (isTerminal) process.stderr.write('\r\x1b[K')
      process.stderr.write(`        ${line(row)}\n`)
    },
    async finish() {
      const { queue, ingresses, workers, transport, seconds } = options
      const processors = cpus()
      const machine = `${String(processors.length)} × ${processors[0]?.model ?? '?'}, Node ${process.version}`
      const head = `queue in ${queue}, ingresses ${String(ingresses)}, workers ${String(workers)} on ${transport}, windows of ${String(seconds)} s, ${machine}`
      process.stdout.write(`\n${head}\n\n${rows.map(line).join('\n')}\n`)
      if (!options.json) return
      const folder = new URL('../results/', import.meta.url)
      await mkdir(folder, { recursive: true })
      const name = `${startedAt.toISOString().slice(0, 19).replaceAll(':', '')}-${queue}.json`
      await writeFile(new URL(name, folder), `${JSON.stringify({ startedAt, machine, options, rows }, null, 2)}\n`)
      process.stdout.write(`\nbench/results/${name}\n`)
    },
  }
}

function line({ section, name, figures, goal }: Row): string {
  const values = Object.entries(figures).map(([what, value]) => `${what} ${number(value)}`)
  return `${section.padEnd(11)} ${name.padEnd(34)} ${verdict(goal).padEnd(44)} ${values.join('  ')}`
}

function verdict(goal: Row['goal']): string {
  if (goal === undefined) return ''
  const { figure, of, atLeast, atMost } = goal
  const isMet = (atLeast === undefined || figure >= atLeast) && (atMost === undefined || figure <= atMost)
  const target =
    atLeast !== undefined ? `≥ ${String(atLeast)}` : atMost !== undefined ? `≤ ${String(atMost)}` : 'no target'
  const mark = target === 'no target' ? '' : isMet ? ' ✓' : ' ✗'
  return `${number(figure)} ${of} (${target})${mark}`
}

function number(value: number): string {
  if (Math.abs(value) >= 100) return Math.round(value).toLocaleString('en')
  return value.toFixed(Math.abs(value) >= 10 ? 1 : 2)
}
