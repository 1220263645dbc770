/** Where the CLI reads and writes: a process, or a test. */
export interface Io {
  env: Readonly<Record<string, string | undefined>>
  out: (text: string) => void
  err: (text: string) => void
  isTerminal: boolean
  /** aborted by Ctrl-C */
  signal: AbortSignal
}

/** The command line makes no sense: exit code 2. */
export class UsageError extends Error {}

/** What comes from elsewhere must not steer the terminal. */
export function printable(text: string): string {
  return text.replaceAll(/[\u0000-\u001f\u007f-\u009f]/g, '�')
}

/** Columns as wide as their widest cell. */
export function table(head: readonly string[], rows: readonly (readonly unknown[])[]): string {
  const cells = [head, ...rows.map((row) => row.map((cell) => printable(text(cell))))]
  const widths = head.map((_, at) => Math.max(...cells.map((row) => row[at]?.length ?? 0)))
  return cells
    .map((row) =>
      row
        .map((cell, at) => cell.padEnd(widths[at] ?? 0))
        .join('  ')
        .trimEnd(),
    )
    .join('\n')
}

function text(cell: unknown): string {
  if (cell === null || cell === undefined) return '-'
  return typeof cell === 'string' || typeof cell === 'number' ? String(cell) : JSON.stringify(cell)
}
