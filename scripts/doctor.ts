import { readConfig } from '../shared/config.ts'
import { serviceNames } from '../services/index.ts'
import { checkDatabase } from './doctor/database.ts'
import { checkDisk } from './doctor/disk.ts'
import { checkNeighbour, checkPort, checkRuntime, checkSecret } from './doctor/process.ts'
import { checkSandbox } from './doctor/sandbox.ts'
import type { Finding } from './doctor/finding.ts'

// `bun run doctor`: looks at everything a start needs, one line each, and says what to do. Ends
// with 1 when something must be done. It reads the same environment and changes nothing.

const config = readOrFail()
const findings: Finding[] = [
  checkRuntime(),
  await checkPort(config),
  checkSecret(config),
  ...(await Promise.all(serviceNames.map((name) => checkDatabase(name, config)))).flat(),
  ...(await Promise.all(serviceNames.map((name) => checkNeighbour(name, config)))).flat(),
  await checkSandbox(),
  ...checkDisk(config),
]
for (const { topic, ok, text } of findings) {
  console.log(`${ok ? 'ok  ' : 'BAD '} ${topic.padEnd(22)} ${text}`)
}
process.exit(findings.every(({ ok }) => ok) ? 0 : 1)

function readOrFail() {
  try {
    return readConfig(process.env, serviceNames)
  } catch (error) {
    console.error((error as Error).message)
    return process.exit(1)
  }
}
