import { fork } from 'node:child_process'
import { once } from 'node:events'

/** A process of the benchmark's own that answers questions, one at a time. */
export interface Helper<Question, Answer> {
  pid: number
  ask(question: Question): Promise<Answer>
  close(): Promise<void>
}

/** Starts a helper: a file beside this one that calls `answerQuestions`. Who starts it vouches for its types. */
export function startHelper<Question extends object, Answer>(file: string): Helper<Question, Answer> {
  const child = fork(new URL(file, import.meta.url), { stdio: ['ignore', 'inherit', 'inherit', 'ipc'] })
  const exited = once(child, 'exit')
  const gone = exited.then(([code]) => {
    throw new Error(`${file} ended by itself (${String(code)})`)
  })
  gone.catch(() => undefined)
  let last: Promise<unknown> = Promise.resolve()
  async function put(question: Question): Promise<Answer> {
    const answered = once(child, 'message')
    child.send(question)
    const [message] = (await Promise.race([answered, gone])) as [{ answer?: Answer; error?: string }]
    if (message.error !== undefined) throw new Error(`${file}: ${message.error}`)
    return message.answer as Answer // as its file declares
  }
  return {
    // a process that could not be started has none, and ends by itself
    pid: child.pid ?? NaN,
    ask(question) {
      // answers bear no name: the next is asked when the one before is answered
      const answer = last.then(() => put(question))
      last = answer.catch(() => undefined)
      return answer
    },
    async close() {
      if (child.connected) child.disconnect()
      await exited
    },
  }
}

/** The helper's side. It ends with its parent, who vouches for the questions' type. */
export function answerQuestions(answer: (question: never) => unknown): void {
  process.on('message', (question: unknown) => {
    Promise.resolve(question as never)
      .then(answer)
      .then(
        (result) => process.send?.({ answer: result }),
        (error: unknown) => process.send?.({ error: String(error) }),
      )
  })
  process.on('disconnect', () => process.exit(0))
}

/** Milliseconds since the epoch, with their fractions: the same in all processes of a machine. */
export function now(): number {
  return performance.timeOrigin + performance.now()
}
