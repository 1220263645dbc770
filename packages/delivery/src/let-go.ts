import type { Duplex } from 'node:stream'

/** What a stream of got's has of its request. */
const OF_THE_REQUEST = [
  'options',
  'response',
  'requestUrl',
  '_request',
  '_requestOptions',
  '_requestTimeout',
  '_cancelTimeouts',
  '_unproxyEvents',
]

/**
 * Empties a stream of got's whose answer has come whole. Node keeps a closure of each stream (`WritableState.onwrite`) that
 * V8 makes old at once, as it does with every function literal that is assigned to a property; so until the next full
 * collection it keeps what it refers to, dead or not: half of all that a request allocates, which each collection of young
 * objects would have to copy (12 to 20 ms instead of 1).
 */
export function letGo(stream: Duplex): void {
  stream.removeAllListeners()
  stream.on('error', ignore)
  for (const name of OF_THE_REQUEST) Reflect.set(stream, name, undefined)
  // got would look for its options if it still heard of an error
  Object.assign(stream, { _stopReading: true })
}

function ignore(): void {
  // the delivery is over, whatever is said about its stream
}
