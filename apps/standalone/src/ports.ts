import { createServer } from 'node:net'
import type { DataFolder } from './data-folder.ts'
import { codeOf } from './error-code.ts'

/** Why a port can't be listened on (an errno such as EADDRINUSE), or null if it can. */
export function portTrouble(host: string, port: number): Promise<string | null> {
  return new Promise((resolve) => {
    const server = createServer()
    server.once('error', (error) => {
      resolve(codeOf(error) ?? error.message)
    })
    server.listen({ host, port }, () => {
      server.close(() => {
        resolve(null)
      })
    })
  })
}

/** A port that nobody listens on. */
export function freePort(host: string): Promise<number> {
  return new Promise((resolve, reject) => {
    const server = createServer()
    server.once('error', reject)
    server.listen({ host, port: 0 }, () => {
      const address = server.address()
      server.close(() => {
        resolve(typeof address === 'object' && address !== null ? address.port : 0)
      })
    })
  })
}

/** The loopback port that was used the last time, if it is still free, else a new one. */
export async function keptPort(folder: DataFolder, name: string): Promise<number> {
  const kept = Number(folder.read(name))
  if (Number.isInteger(kept) && kept > 0 && (await portTrouble('127.0.0.1', kept)) === null) return kept
  const port = await freePort('127.0.0.1')
  folder.write(name, `${String(port)}\n`)
  return port
}
