import type { AddressInfo } from 'node:net'
import { createServer } from 'node:http'
import { note } from './run-record.ts'

/** A span as it came over the wire. */
export interface CollectedSpan {
  service: string
  traceId: string
  spanId: string
  /** '' for the first of a trace */
  parentId: string
  name: string
  links: { traceId: string; spanId: string }[]
  attributes: Record<string, unknown>
}

export interface Collector {
  /** for OTEL_EXPORTER_OTLP_ENDPOINT */
  url: string
  spans: CollectedSpan[]
  /** all that came, as text, for looking for what must not be in it */
  text(): string
  close(): Promise<void>
}

/** Takes OTLP over HTTP with protobuf, read by its wire format rather than by the library that wrote it. */
export async function startCollector(): Promise<Collector> {
  const spans: CollectedSpan[] = []
  const bodies: Buffer[] = []
  const server = createServer((request, response) => {
    const chunks: Buffer[] = []
    request.on('data', (chunk: Buffer) => chunks.push(chunk))
    request.on('end', () => {
      const body = Buffer.concat(chunks)
      bodies.push(body)
      note('spans', body.toString('latin1'))
      const fits = request.url === '/v1/traces' && request.headers['content-type'] === 'application/x-protobuf'
      if (fits) spans.push(...readTraces(body))
      response.writeHead(fits ? 200 : 400).end()
    })
  })
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve))
  // a TCP server that is listening has such an address
  const { port } = server.address() as AddressInfo
  return {
    url: `http://127.0.0.1:${String(port)}`,
    spans,
    text: () => Buffer.concat(bodies).toString('latin1'),
    close: () =>
      new Promise((resolve) => {
        server.close(() => {
          resolve()
        })
        server.closeAllConnections()
      }),
  }
}

/** The numbers are those of opentelemetry/proto/trace/v1/trace.proto. */
function readTraces(body: Buffer): CollectedSpan[] {
  return messages(body, 1).flatMap((resourceSpans) => {
    const resource = messages(resourceSpans, 1).flatMap((message) => messages(message, 1))
    const service = String(attributesOf(resource)['service.name'])
    return messages(resourceSpans, 2)
      .flatMap((scopeSpans) => messages(scopeSpans, 2))
      .map((span) => ({
        service,
        traceId: hex(span, 1),
        spanId: hex(span, 2),
        parentId: hex(span, 4),
        name: text(span, 5),
        attributes: attributesOf(messages(span, 9)),
        links: messages(span, 13).map((link) => ({ traceId: hex(link, 1), spanId: hex(link, 2) })),
      }))
  })
}

function attributesOf(pairs: Buffer[]): Record<string, unknown> {
  return Object.fromEntries(
    pairs.map((pair) => {
      const [value = Buffer.alloc(0)] = messages(pair, 2)
      const number = fields(value).find(({ field }) => field === 3)?.varint
      return [text(pair, 1), number === undefined ? text(value, 1) : Number(number)]
    }),
  )
}

function messages(buffer: Buffer, wanted: number): Buffer[] {
  return fields(buffer).flatMap(({ field, bytes }) => (field === wanted && bytes !== undefined ? [bytes] : []))
}

function hex(buffer: Buffer, field: number): string {
  return messages(buffer, field)[0]?.toString('hex') ?? ''
}

function text(buffer: Buffer, field: number): string {
  return messages(buffer, field)[0]?.toString() ?? ''
}

interface Field {
  field: number
  varint?: bigint
  bytes?: Buffer
}

function fields(buffer: Buffer): Field[] {
  const found: Field[] = []
  let at = 0
  const varint = (): bigint => {
    let value = 0n
    for (let shift = 0n; ; shift += 7n) {
      const byte = buffer[at++] ?? 0
      value |= BigInt(byte & 0x7f) << shift
      if (byte < 0x80) return value
    }
  }
  while (at < buffer.length) {
    const tag = Number(varint())
    const field = tag >> 3
    const size = { 1: 8, 5: 4 }[tag & 7]
    if ((tag & 7) === 0) found.push({ field, varint: varint() })
    else {
      const length = size ?? Number(varint())
      found.push({ field, bytes: buffer.subarray(at, at + length) })
      at += length
    }
  }
  return found
}
