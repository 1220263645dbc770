import type { Socket } from 'node:net'
import { MAX_HEADER_BYTES } from './exchange.ts'

/** Between a socket and undici's parser. */
export interface AnswerGate {
  /** A request goes out: what comes next is the beginning of an answer. */
  begin(): void
  /** The parser has understood something: an interim answer, headers, or a part of a body. */
  progressed(): void
}

/** Bytes of a status line up to the last digit of the status; # is any digit. */
const STATUS_LINE = 'HTTP/#.# ###'
const LAST_DIGIT = STATUS_LINE.length - 1
const [CR, LF, ZERO, ONE, TWO, NINE] = [13, 10, 48, 49, 50, 57]

/**
 * Gives undici's parser two manners of Node's own. It takes any `100 Continue` for an attack, although HTTP obliges
 * clients to bear with one; so it is shown 102, which it reports like every other interim answer. And it has no limit
 * on a reason phrase or a chunk's extension: when more bytes have been parsed than headers may have, and nothing came
 * of them, the connection is cut. Everything else is left to the parser, which sees every other byte as it came.
 */
export function createAnswerGate(socket: Socket): AnswerGate {
  const read = socket.read.bind(socket)
  let fruitlessBytes = 0
  /** where in the status line the next byte is; beyond it: in the rest of an interim answer's headers, or past all */
  let place: number | 'interim' | 'past' = 'past'
  let digits = ''
  let lineEnd = 0

  const scan = (chunk: Buffer): void => {
    for (let index = 0; index < chunk.length && place !== 'past'; index++) {
      const byte = chunk[index] ?? 0
      if (place === 'interim') {
        const expected = lineEnd % 2 === 0 ? CR : LF
        lineEnd = byte === expected ? lineEnd + 1 : byte === CR ? 1 : 0
        if (lineEnd === 4) place = 0
      } else if (place > 0 || (byte !== CR && byte !== LF)) {
        if (place === 0) digits = ''
        const expected = STATUS_LINE.charCodeAt(place)
        const fits = STATUS_LINE[place] === '#' ? byte >= ZERO && byte <= NINE : byte === expected
        if (!fits) place = 'past'
        else if (place < LAST_DIGIT) {
          if (place >= LAST_DIGIT - 2) digits += String.fromCharCode(byte)
          place += 1
        } else {
          const interim = digits.charCodeAt(0) === ONE
          if (digits === '10' && byte === ZERO) chunk[index] = TWO
          place = interim ? 'interim' : 'past'
          lineEnd = 0
        }
      }
    }
  }

  socket.read = (size?: number): unknown => {
    if (fruitlessBytes > MAX_HEADER_BYTES) {
      socket.destroy(Object.assign(new Error('Too much came of nothing'), { code: 'HPE_HEADER_OVERFLOW' }))
      return null
    }
    const chunk: unknown = read(size)
    if (Buffer.isBuffer(chunk)) {
      fruitlessBytes += chunk.length
      if (place !== 'past') scan(chunk)
    }
    return chunk
  }
  return {
    begin: () => {
      fruitlessBytes = 0
      place = 0
    },
    progressed: () => {
      fruitlessBytes = 0
    },
  }
}
