import type { PrismaClient } from './generated/client.ts'

/** What an operation does, once it is awaited: alone, in an interactive transaction, or in a list of operations. */
type Operation = (transaction?: { kind: 'itx' | 'batch' }) => Promise<unknown> & { requestTransaction?: Operation }

/**
 * Has a client make its lazy promises, but for those inside transactions, without a getter. Prisma's are an object
 * literal with one, which V8 makes old at once, and which holds what the statement was given and what came of it: all of
 * that lived until the next full collection, and every collection of young objects in between had it to copy (ten
 * milliseconds instead of one).
 */
export function keepPromisesYoung(client: PrismaClient): void {
  if (!('_createPrismaPromise' in client)) throw new Error('this version of Prisma makes its promises in another place')
  Object.assign(client, { _createPrismaPromise: lazyPromise })
}

function lazyPromise(operation: Operation, spec: unknown) {
  let begun: ReturnType<Operation> | undefined
  const begin: Operation = (transaction) => {
    if (transaction?.kind === 'batch') return operation(transaction)
    begun ??= operation(transaction)
    return begun
  }
  /** An operation that cannot even begin rejects, too. */
  const run: Operation = (transaction) => {
    try {
      return begin(transaction)
    } catch (error) {
      return Promise.reject(error instanceof Error ? error : new Error(String(error)))
    }
  }
  return {
    spec,
    then: (...handlers: Parameters<Promise<unknown>['then']>) => run().then(...handlers),
    catch: (handler: (reason: unknown) => unknown) => run().catch(handler),
    finally: (handler: () => void) => run().finally(handler),
    requestTransaction: (transaction: Parameters<Operation>[0]) => {
      const promise = run(transaction)
      return promise.requestTransaction?.(transaction) ?? promise
    },
    [Symbol.toStringTag]: 'PrismaPromise',
  }
}
