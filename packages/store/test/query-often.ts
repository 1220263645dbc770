/** Asks the database `argv[2]` for 20 KB a thousand times. Prints how many bytes grew old by it. */
import { bytesGrownOld } from '@redrive/testkit/garbage'
import { openDb } from '../src/db.ts'

const { db, close } = openDb({ databaseUrl: process.argv[2] ?? '', poolSize: 1 })
const texts = Array.from({ length: 20 }, (_, n) => `${String(n)}${'x'.repeat(1000)}`)
process.stdout.write(String(await bytesGrownOld(() => db.$queryRaw`SELECT * FROM unnest(${texts}::text[])`, 1_000)))
await close()
