import { parseArgs } from 'node:util'
import { readConfig } from '../shared/host/config.ts'
import { serviceNames, type ServiceName } from '../services/index.ts'
import { checkDatabase } from './doctor/database.ts'
import { examine, readNames, toFinding } from './doctor/deep.ts'
import { checkDisk } from './doctor/disk.ts'
import {
  checkNeighbour,
  checkPort,
  checkRuntime,
  checkSecret,
  describeDefaults,
} from './doctor/process.ts'
import { checkSandbox } from './doctor/sandbox.ts'
import { orFail, orUsage } from './fail.ts'
import type { Finding } from './doctor/finding.ts'

const usage = `bun run doctor
bun run doctor --deep [--json] [service…]

Checks everything a start needs, one line each, and says what to fix. Exits with 1 if something is
to be fixed. Reads the same environment as the system. Changes nothing.
  --deep  instead verifies all stored data, of all services or the named ones
  --json  machine-readable output`

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
  ...describeDefaults(config),
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

// An unreachable database says nothing about its data, hence an exit code of its own.
function failToLook(error: Error): number {
  console.error(`Cannot check: ${error.message}`)
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
