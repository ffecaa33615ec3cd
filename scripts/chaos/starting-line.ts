import { existsSync, writeFileSync } from 'node:fs'

// A barrier preloaded into processes that must open a database at the same moment: each reports
// that it is ready and waits for the others. On two cores they would otherwise start in sequence.
const line = process.env.STARTING_LINE
if (line) {
  // Loading takes most of a start. After the barrier only the parts that may collide remain.
  await import('../../services/compose.ts')
  writeFileSync(`${line}-${process.pid}`, '')
  while (!existsSync(line)) Bun.sleepSync(2)
}
