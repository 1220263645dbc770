import { execFile } from 'node:child_process'
import { fileURLToPath } from 'node:url'
import { promisify } from 'node:util'
import { expect, test } from '@jest/globals'

const script = fileURLToPath(new URL('./collect.ts', import.meta.url))

test('what is old may come to three times what is alive until it is collected again', async () => {
  const flags = ['--disable-warning=ExperimentalWarning', '--expose-gc', '--trace-gc-nvp']
  const { stdout, stderr } = await promisify(execFile)(process.execPath, [...flags, script])
  expect(stderr).toBe('')
  const [first, second] = stdout
    .split('\n')
    .filter((line) => line.includes('gc=mc'))
    .slice(-2)
  const bytes = (line: string | undefined, what: string): number => Number(line?.match(RegExp(`${what}=(\\d+)`))?.[1])
  expect(bytes(second, 'old_gen_allocation_limit')).toBeGreaterThanOrEqual(3 * bytes(first, 'end_object_size'))
})
