/** Prints "N passed, N failed" from jest's JSON report. No report, or a suite that could not run, counts as failed. */
import { readFileSync } from 'node:fs'

const report = read(process.argv[2])
const passed = report?.numPassedTests ?? 0
const failed = report ? report.numFailedTests + report.numRuntimeErrorTestSuites : 1
console.log(`${passed} passed, ${failed} failed`)
process.exitCode = failed === 0 && passed > 0 ? 0 : 1

function read(path) {
  try {
    return JSON.parse(readFileSync(path, 'utf8'))
  } catch {
    return null
  }
}
