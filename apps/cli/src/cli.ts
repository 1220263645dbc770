import { parseArgs } from 'node:util'
import { RedriveError, RedriveUnreachable } from '@redrive/client'
import { bulkRetry, recover } from './bulk-retry.ts'
import type { Command } from './command.ts'
import { connect, type Connection } from './connection.ts'
import { doctor } from './doctor.ts'
import { eventCommands } from './events.ts'
import { type Io, printable, table, UsageError } from './io.ts'
import { listen } from './listen.ts'
import { managementCommands } from './management.ts'

const COMMANDS: readonly Command[] = [...eventCommands, bulkRetry, ...managementCommands, recover, listen, doctor]
const COMMON = ['url', 'key', 'tenant']
const EXIT = { refused: 1, usage: 2, unreachable: 3 }

/** Runs a command line; answers the exit code: 0 done, 1 refused or failed, 2 not understood, 3 no answer. */
export async function runCli(args: readonly string[], io: Io): Promise<number> {
  try {
    return await run(args, io)
  } catch (error) {
    if (error instanceof UsageError) return fail(io, error.message, EXIT.usage)
    if (error instanceof RedriveUnreachable) return fail(io, error.message, EXIT.unreachable)
    if (!(error instanceof RedriveError)) throw error
    const details = error.errors.map(({ pointer, detail }) => `  ${pointer} ${detail}`)
    return fail(io, [error.message, ...details].join('\n'), EXIT.refused)
  }
}

async function run(args: readonly string[], io: Io): Promise<number> {
  const command = COMMANDS.find(({ usage }) => words(usage).every((word, at) => args[at] === word))
  if (command === undefined) {
    const asked = args.length === 0 || args[0] === 'help' || args[0] === '--help'
    ;(asked ? io.out : io.err)(`${asked ? '' : `There is no such command: ${printable(args[0] ?? '')}\n\n`}${help()}\n`)
    return asked ? 0 : EXIT.usage
  }
  const rest = args.slice(words(command.usage).length)
  const { values, positionals } = parse(command, rest)
  if (values.get('help') === true) {
    io.out(`redrive ${command.usage}\n  ${command.summary}\n  options: ${optionsOf(command).join(' ')}\n`)
    return 0
  }
  const wanted = [...command.usage.matchAll(/<\w+>/g)].length
  const allowed = wanted + [...command.usage.matchAll(/\[\w+\]/g)].length
  if (positionals.length < wanted || positionals.length > allowed)
    throw new UsageError(`Usage: redrive ${command.usage}`)
  const options: Record<string, string> = {}
  for (const [name, value] of values) if (typeof value === 'string') options[name] = value
  const connection = (role: 'tenant' | 'operator'): Connection => connect(options, role, io)
  const code = await command.run({
    io,
    client: (role = 'tenant') => connection(role).client,
    baseUrl: () => connection('tenant').baseUrl,
    positionals,
    options,
    has: (flag) => values.get(flag) === true,
    print: (result, text) => {
      io.out(`${values.get('json') === true ? JSON.stringify(result) : text()}\n`)
    },
  })
  return code ?? 0
}

function parse({ options = [], flags = [], usage }: Command, args: string[]) {
  const known: Record<string, { type: 'string' | 'boolean' }> = {}
  for (const name of [...COMMON, ...options]) known[name] = { type: 'string' }
  for (const name of ['json', 'help', ...flags]) known[name] = { type: 'boolean' }
  try {
    const { values, positionals } = parseArgs({ args, allowPositionals: true, options: known })
    return { values: new Map(Object.entries(values)), positionals }
  } catch (error) {
    throw new UsageError(`${error instanceof Error ? error.message : ''}\nUsage: redrive ${usage}`)
  }
}

function words(usage: string): string[] {
  return usage.split(' ').filter((word) => /^[a-z]/.test(word))
}

function optionsOf({ options = [], flags = [] }: Command): string[] {
  return [...options, ...COMMON]
    .map((name) => `--${name} <value>`)
    .concat([...flags, 'json'].map((name) => `--${name}`))
}

function help(): string {
  const commands = table(
    ['COMMAND', ''],
    COMMANDS.map(({ usage, summary }) => [usage, summary]),
  )
  return `Usage: redrive <command> [options]\n\n${commands}\n\nEvery command takes --url, --key, --tenant (operator), --json and --help.`
}

function fail(io: Io, message: string, code: number): number {
  io.err(`${message.split('\n').map(printable).join('\n')}\n`)
  return code
}
