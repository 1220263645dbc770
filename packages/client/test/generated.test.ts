import { readFile } from 'node:fs/promises'
import { expect, test } from '@jest/globals'
import { generateTypes } from '../scripts/types.ts'

test('the types are those of the API as it is (else: npm run generate:types -w @redrive/client)', async () => {
  const written = await readFile(new URL('../src/generated/api.ts', import.meta.url), 'utf8')
  expect(written === (await generateTypes())).toBe(true)
})
