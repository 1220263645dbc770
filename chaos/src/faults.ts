import { setTimeout as sleep } from 'node:timers/promises'
import type { Installation, Member } from './installation.ts'
import type { Dice } from './random.ts'

export const FAULTS = [
  'kill worker',
  'restart worker',
  'pause worker',
  'kill ingress',
  'kill database',
  'stop database',
  'hang database',
  'cut database',
  'empty queue',
  'kill queue',
  'hang queue',
  'cut queue',
] as const
export type FaultKind = (typeof FAULTS)[number]

/** What was done to the installation, and when it was mended. Milliseconds since the epoch. */
export interface Fault {
  kind: FaultKind
  target: string
  from: number
  to: number
}

export interface PlannedFault {
  kind: FaultKind
  afterMs: number
}

/** The lease of a claim is 20 s: a worker that is paused for longer has lost what it held. */
const PAUSE_MS = 25_000

/** Faults one after the other over the whole run, each kind once before any comes again. */
export function planFaults(
  dice: Dice,
  { kinds, lengthMs, everyMs }: { kinds: readonly FaultKind[]; lengthMs: number; everyMs: number },
): PlannedFault[] {
  const plan: PlannedFault[] = []
  let deck: FaultKind[] = []
  for (let at = everyMs / 2; at < lengthMs; at += dice.between(everyMs * 0.7, everyMs * 1.3)) {
    if (deck.length === 0) deck = dice.shuffled(kinds)
    const kind = deck.pop()
    if (kind !== undefined) plan.push({ kind, afterMs: Math.round(at) })
  }
  return plan
}

/** Does what was planned, unless something is being done to that part already. Resolves when all is mended. */
export async function breakThings(
  installation: Installation,
  options: { plan: readonly PlannedFault[]; dice: Dice; tell: (line: string) => void },
): Promise<Fault[]> {
  const { plan, dice, tell } = options
  const startedAt = performance.now()
  const done: Fault[] = []
  const busy = new Set<string>()
  const underWay: Promise<void>[] = []
  const failed: unknown[] = []

  async function run(kind: FaultKind): Promise<void> {
    const free = (members: readonly Member[]): Member | undefined =>
      dice.shuffled(members).find(({ name }) => !busy.has(name))
    const part = kind.split(' ')[1]
    const member =
      part === 'worker' ? free(installation.workers) : part === 'ingress' ? free(installation.ingresses) : undefined
    // a queue in PostgreSQL is the database
    const target = member?.name ?? (part === 'queue' && installation.redis === null ? 'database' : String(part))
    if (busy.has(target) || (member === undefined && (part === 'worker' || part === 'ingress'))) return
    busy.add(target)
    const fault: Fault = { kind, target, from: Date.now(), to: Infinity }
    done.push(fault)
    await inflict(installation, kind, { member, dice })
    fault.to = Date.now()
    tell(`${kind} (${target}), ${String(fault.to - fault.from)} ms`)
    busy.delete(target)
  }

  for (const { kind, afterMs } of plan) {
    await sleep(Math.max(0, afterMs - (performance.now() - startedAt)))
    underWay.push(run(kind).catch((error: unknown) => void failed.push(error)))
  }
  await Promise.all(underWay)
  if (failed.length > 0) throw failed[0]
  return done
}

async function inflict(
  installation: Installation,
  kind: FaultKind,
  { member, dice }: { member: Member | undefined; dice: Dice },
): Promise<void> {
  const { database, databaseProxy, redis } = installation
  const downMs = dice.between(500, 3_000)
  const hangMs = dice.between(2_000, 6_000)
  switch (kind) {
    case 'kill worker':
    case 'kill ingress':
      member?.service.signal('SIGKILL')
      await member?.service.exited
      await sleep(downMs)
      member?.start()
      await member?.up()
      return
    case 'restart worker': {
      member?.service.signal('SIGTERM')
      // a code that is not 0 is among its errors
      await member?.service.exited
      member?.start()
      await member?.up()
      return
    }
    case 'pause worker':
      member?.service.signal('SIGSTOP')
      await sleep(PAUSE_MS)
      member?.service.signal('SIGCONT')
      return
    case 'kill database':
    case 'stop database':
      await database.kill(kind === 'kill database' ? 'SIGKILL' : 'SIGINT')
      await sleep(downMs)
      await database.restart()
      return
    case 'hang database':
      databaseProxy.pause()
      await sleep(hangMs)
      databaseProxy.resume()
      return
    case 'cut database':
      databaseProxy.cut()
      return
    case 'empty queue':
      await installation.emptyQueue()
      return
    case 'kill queue':
      await redis?.server.kill()
      await sleep(downMs)
      await redis?.server.restart()
      return
    case 'hang queue':
      redis?.server.pause()
      await sleep(hangMs)
      redis?.server.resume()
      return
    case 'cut queue':
      redis?.proxy.cut()
      return
  }
}
