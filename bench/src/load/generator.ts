import { setTimeout as sleep } from 'node:timers/promises'
import { answerQuestions, now } from '../helper.ts'
import { type Connection, openConnection } from './connection.ts'
import { createRequests, type Events } from './requests.ts'

/** The load generator, a process of its own. */
interface Target {
  origins: readonly string[]
  key: string
  events: Events
}

export type Question =
  /** every connection sends again as soon as it has its answer; `heeds`: after a 503 not before its `Retry-After` is over */
  | ({ kind: 'closed'; connections: number; warmUpSeconds: number; seconds: number; heeds?: true } & Target)
  /** on a schedule, whatever the answers do; an event's time is the one that it should have been sent at */
  | ({ kind: 'open'; perSecond: number; seconds: number } & Target)
  /** keeps so many deliveries waiting: sends while more than that have not reached the receivers */
  | ({ kind: 'backlog'; connections: number; backlog: number; fanOut: number; countUrl: string } & Target)
  | { kind: 'stop' }

export interface Answer {
  /** requests answered with success, others, and how long these took */
  accepted: number
  refused: number
  /** of those: with 503, and when to come again */
  toldToWait: number
  seconds: number
  durations: number[]
  /** ms after its time that each was sent at, of an open load: what this process had to wait for the machine */
  late: number[]
}

/** Seldom: each count is a request to the receivers. */
const COUNT_EVERY_MS = 20
/** Until those who send look again whether enough has arrived. */
const PAUSE_MS = 5
/** An open load opens as many connections as are busy at a time. */
const MOST_CONNECTIONS = 500
const OPENED_AT_ONCE = 100

let stop: () => Promise<Answer> = () => Promise.reject(new Error('nothing is running'))

answerQuestions(async (question: Question) => {
  switch (question.kind) {
    case 'closed':
      return closedLoad(question)
    case 'open':
      return openLoad(question)
    case 'backlog':
      stop = await keepBacklog(question)
      return
    case 'stop':
      return stop()
  }
})

function emptyAnswer(): Answer {
  return { accepted: 0, refused: 0, toldToWait: 0, seconds: 0, durations: [], late: [] }
}

/** Sends one request and notes what came of it. Resolves with the ms that a 503 tells to wait. */
async function send(connection: Connection, request: Buffer, from: number, answer: Answer): Promise<number> {
  const { status, head } = await connection.send(request)
  if (status >= 200 && status < 300) answer.accepted += 1
  else answer.refused += 1
  const waitSeconds = status === 503 ? /\r\nretry-after: ([0-9]+)/i.exec(head)?.[1] : undefined
  if (waitSeconds !== undefined) answer.toldToWait += 1
  answer.durations.push(now() - from)
  return Number(waitSeconds ?? 0) * 1_000
}

/** A few at a time: what exceeds the list of a listening socket is reset. */
async function openAll({ origins }: Target, connections: number): Promise<Connection[]> {
  const opened: Connection[] = []
  while (opened.length < connections) {
    const some = Math.min(OPENED_AT_ONCE, connections - opened.length)
    const from = opened.length
    const open = (_: unknown, n: number) => openConnection(origins[(from + n) % origins.length] ?? '')
    opened.push(...(await Promise.all(Array.from({ length: some }, open))))
  }
  return opened
}

async function closedLoad(question: Extract<Question, { kind: 'closed' }>): Promise<Answer> {
  const connections = await openAll(question, question.connections)
  const next = createRequests(question.origins[0] ?? '', question.key, question.events)
  const startsAt = now() + question.warmUpSeconds * 1000
  const endsAt = startsAt + question.seconds * 1000
  const answer = { ...emptyAnswer(), seconds: question.seconds }
  const warmUp = emptyAnswer()
  await Promise.all(
    connections.map(async (connection) => {
      for (let at = now(); at < endsAt; at = now()) {
        const own = emptyAnswer()
        const waitMs = await send(connection, next(at), at, own)
        const end = now()
        const into = end < startsAt || end > endsAt ? warmUp : answer
        into.accepted += own.accepted
        into.refused += own.refused
        into.toldToWait += own.toldToWait
        into.durations.push(...own.durations)
        if (question.heeds && waitMs > 0) await sleep(Math.min(waitMs, Math.max(0, endsAt - end)))
      }
      connection.close()
    }),
  )
  return answer
}

async function openLoad(question: Extract<Question, { kind: 'open' }>): Promise<Answer> {
  const { origins, key, events, perSecond, seconds } = question
  const next = createRequests(origins[0] ?? '', key, events)
  const idle = await openAll(question, origins.length * 8)
  const opened = [...idle]
  const answer = { ...emptyAnswer(), seconds }
  const sending = new Set<Promise<void>>()
  const startedAt = now()
  for (let n = 0; n < perSecond * seconds; n++) {
    const at = startedAt + (n * 1000) / perSecond
    const earlyMs = at - now()
    if (earlyMs > 0) await sleep(earlyMs)
    answer.late.push(now() - at)
    const one = async (): Promise<void> => {
      let connection = idle.shift()
      if (connection === undefined) {
        if (opened.length >= MOST_CONNECTIONS) {
          // the load is more than the ingress answers: this one is not sent
          answer.refused += 1
          return
        }
        connection = await openConnection(origins[n % origins.length] ?? '')
        opened.push(connection)
      }
      await send(connection, next(at), at, answer)
      idle.push(connection)
    }
    const sent = one().finally(() => sending.delete(sent))
    sending.add(sent)
  }
  await Promise.all(sending)
  for (const connection of opened) connection.close()
  return answer
}

async function keepBacklog(question: Extract<Question, { kind: 'backlog' }>): Promise<() => Promise<Answer>> {
  const { origins, key, events, backlog, fanOut, countUrl } = question
  const connections = await openAll(question, question.connections)
  const next = createRequests(origins[0] ?? '', key, events)
  const { origin, pathname, host } = new URL(countUrl)
  const counter = await openConnection(origin)
  const countRequest = Buffer.from(`GET ${pathname} HTTP/1.1\r\nhost: ${host}\r\n\r\n`)
  const countNow = async (): Promise<number> => Number((await counter.send(countRequest)).body)
  const answer = emptyAnswer()
  const startedAt = now()
  const before = await countNow()
  const each = events.batch * fanOut
  let arrived = 0
  let sent = 0
  const until = { stopped: false }
  const watching = (async () => {
    while (!until.stopped) {
      arrived = (await countNow()) - before
      await sleep(COUNT_EVERY_MS)
    }
  })()
  const loops = connections.map(async (connection) => {
    while (!until.stopped) {
      if (sent - arrived >= backlog) {
        await sleep(PAUSE_MS)
        continue
      }
      sent += each
      const at = now()
      await send(connection, next(at), at, answer)
    }
    connection.close()
  })
  const running = Promise.all([watching, ...loops])
  running.catch(() => undefined)
  return async () => {
    until.stopped = true
    await running
    counter.close()
    return { ...answer, seconds: (now() - startedAt) / 1000 }
  }
}
