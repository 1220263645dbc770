import type { Db } from './db.ts'

/** What a single statement needs of a database: no transaction, and no model. */
export type Statements = Pick<Db, '$queryRaw' | '$executeRaw'>
