import type { Writable } from 'node:stream'
import winston from 'winston'
import { redactFields, redactText } from './redact.ts'

export const LOG_LEVELS = ['debug', 'info', 'warn', 'error'] as const
export type LogLevel = (typeof LOG_LEVELS)[number]

export const LOG_FORMATS = ['json', 'pretty'] as const
export type LogFormat = (typeof LOG_FORMATS)[number]

export type LogFields = Record<string, unknown>

/** One line for each call: a constant message, with what varies in the fields. Secrets are taken out of both. */
export interface Log {
  debug(message: string, fields?: LogFields): void
  info(message: string, fields?: LogFields): void
  warn(message: string, fields?: LogFields): void
  error(message: string, fields?: LogFields): void
  /** A log whose every line carries these fields too. */
  child(fields: LogFields): Log
  /** Resolves when everything logged so far has been handed to the operating system. */
  flush(): Promise<void>
}

/** `output` is a stream that main.ts owns, such as standard output; it is never closed here. */
export function createLog(options: { level: LogLevel; format: LogFormat; output: Writable }): Log {
  // whoever read it may have gone; that is no reason to stop delivering
  options.output.on('error', () => undefined)
  const logger = winston.createLogger({
    level: options.level,
    levels: { error: 0, warn: 1, info: 2, debug: 3 },
    format: winston.format.printf(options.format === 'json' ? jsonLine : prettyLine),
    // eslint-disable-next-line @typescript-eslint/no-unsafe-class-instance-assignment -- winston's types declare its transports apart from their class
    transports: [new winston.transports.Stream({ stream: options.output })],
  })
  return bind(logger, {}, () => flush(options.output))
}

/** Says nothing. For callers that have no log to give. */
export const silentLog: Log = {
  debug: () => undefined,
  info: () => undefined,
  warn: () => undefined,
  error: () => undefined,
  child: () => silentLog,
  flush: () => Promise.resolve(),
}

function bind(logger: winston.Logger, bound: LogFields, flushOutput: () => Promise<void>): Log {
  const write =
    (level: LogLevel) =>
    (message: string, fields?: LogFields): void => {
      // The level is asked first, so that a debug line that nobody reads costs no redaction.
      if (!logger.isLevelEnabled(level)) return
      logger.log({ level, message: redactText(message), fields: redactFields({ ...bound, ...fields }) })
    }
  return {
    debug: write('debug'),
    info: write('info'),
    warn: write('warn'),
    error: write('error'),
    child: (fields) => bind(logger, { ...bound, ...fields }, flushOutput),
    flush: flushOutput,
  }
}

function jsonLine(info: winston.Logform.TransformableInfo): string {
  return JSON.stringify({ time: new Date(), level: info.level, message: info.message, ...fieldsOf(info) })
}

function prettyLine(info: winston.Logform.TransformableInfo): string {
  const time = new Date().toISOString().slice(11, 23)
  const fields = Object.entries(fieldsOf(info)).map(([name, value]) => ` ${name}=${inline(value)}`)
  return `${time} ${info.level.padEnd(5)} ${String(info.message)}${fields.join('')}`
}

function fieldsOf(info: winston.Logform.TransformableInfo): LogFields {
  // `bind` is the only one who logs, and puts the fields there.
  return info['fields'] as LogFields
}

function inline(value: unknown): string {
  if (value === undefined) return 'undefined'
  return typeof value === 'string' && /^[^\s"=]+$/.test(value) ? value : JSON.stringify(value)
}

/** winston's stream transport writes through at once; what is left to wait for is the stream's own buffer. */
function flush(output: Writable): Promise<void> {
  return new Promise((resolve) => {
    if (output.destroyed || output.writableEnded) resolve()
    else
      output.write('', () => {
        resolve()
      })
  })
}
