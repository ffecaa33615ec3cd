import { parseArgs } from 'node:util'
import { readConfig } from '../shared/host/config.ts'
import { serviceNames, type ServiceName } from '../services/index.ts'
import { checkDatabase } from './doctor/database.ts'
import { examine, readNames, toFinding } from './doctor/deep.ts'
import { checkDisk } from './doctor/disk.ts'
import { checkNeighbour, checkPort, checkRuntime, checkSecret } from './doctor/process.ts'
import { checkSandbox } from './doctor/sandbox.ts'
import { orFail, orUsage } from './fail.ts'
import type { Finding } from './doctor/finding.ts'

const usage = `bun run doctor
bun run doctor --deep [--json] [service…]

Looks at everything a start needs, one line each, and says what to do. Ends with 1 when something
must be done. Reads the same environment as the system, and changes nothing.
  --deep  looks through all that is kept instead, of all services or those named
  --json  says it for programs`

const { words, deep, json } = orUsage(usage, readCommand)
const config = orFail(() => readConfig(process.env, serviceNames))
if (deep) {
  const names = orFail(() => readNames(words))
  process.exit(await lookDeep(names).catch(failToLook))
}
const findings: Finding[] = [
  checkRuntime(),
  await checkPort(config),
  checkSecret(config),
  ...(await Promise.all(serviceNames.map((name) => checkDatabase(name, config)))).flat(),
  ...(await Promise.all(serviceNames.map((name) => checkNeighbour(name, config)))).flat(),
  await checkSandbox(),
  ...checkDisk(config),
]
findings.forEach(show)
process.exit(findings.every(({ ok }) => ok) ? 0 : 1)

/** @returns 0 when all is well, else 1 */
async function lookDeep(names: readonly ServiceName[]): Promise<number> {
  let isWell = true
  for await (const examination of examine(names, config)) {
    isWell &&= examination.count === 0
    if (json) console.log(JSON.stringify(examination))
    else show(toFinding(examination))
  }
  return isWell ? 0 : 1
}

// That the database is away says nothing of what it keeps.
function failToLook(error: Error): number {
  console.error(`It cannot be looked at: ${error.message}`)
  return 2
}

function show({ topic, ok, text }: Finding): void {
  console.log(`${ok ? 'ok  ' : 'BAD '} ${topic.padEnd(22)} ${text}`)
}

function readCommand() {
  const options = {
    deep: { type: 'boolean', default: false },
    json: { type: 'boolean', default: false },
  } as const
  const { values, positionals } = parseArgs({ allowPositionals: true, options })
  if (values.deep || (!values.json && positionals.length === 0)) {
    return { words: positionals, ...values }
  }
}
