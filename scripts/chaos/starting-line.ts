import { existsSync, writeFileSync } from 'node:fs'

// Preloaded into processes that shall open a database at the same moment: each says that it is
// there, and waits until all may go. On two cores they would otherwise come one after another.
const line = process.env.STARTING_LINE
if (line) {
  // Loading takes most of a start. Behind the line is left what may collide.
  await import('../../services/compose.ts')
  writeFileSync(`${line}-${process.pid}`, '')
  while (!existsSync(line)) Bun.sleepSync(2)
}
