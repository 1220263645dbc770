import { afterAll, expect, test } from '@jest/globals'
import { createTestDatabase } from '@redrive/testkit/postgres'
test('x', async () => { const db = await createTestDatabase(); console.log(db.url); await db.drop() })
