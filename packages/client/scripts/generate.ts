import { writeFileSync } from 'node:fs'
import { fileURLToPath } from 'node:url'
import { generateTypes } from './types.ts'

/** Writes the client's types anew, from the document that the ingress makes of its routes. */
writeFileSync(fileURLToPath(new URL('../src/generated/api.ts', import.meta.url)), await generateTypes())
