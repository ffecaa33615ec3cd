import { parseArgs } from 'node:util'
import type { CheckReport } from '../services/files/check.ts'
import { serviceNames } from '../services/index.ts'
import { readConfig } from '../shared/host/config.ts'
import { openCheck } from './backup/open-check.ts'
import { fail, orFail, orUsage } from './fail.ts'
import { minute_ms } from '../shared/duration.ts'

const usage = `bun run files check [--repair] [--older-than <minutes>]

Compares the rows of the files service with the stored bytes, and verifies all hashes. Reads the
same environment as the service, and may run beside it. Exits with 1 if something is wrong.
  --repair      removes orphans; marks damaged and missing contents, so that the next upload of the
                same bytes restores them for all their owners
  --older-than  skips bytes younger than this, as their upload may be in progress; 60 by default`

const { repair, youngest_ms } = orUsage(usage, readCommand)
const config = orFail(() => readConfig(process.env, serviceNames))
const { check, close } = await openCheck(config).catch(fail)
const report = await check({ repair, youngest_ms, onProgress: showProgress() })
await close()
show(report)
const faults = [report.orphans, report.unnamed, report.missing, report.damaged]
process.exit(faults.every(({ length }) => length === 0) || repair ? 0 : 1)

function readCommand() {
  const { values, positionals } = parseArgs({
    allowPositionals: true,
    options: {
      repair: { type: 'boolean', default: false },
      'older-than': { type: 'string', default: '60' },
    },
  })
  const minutes = Number(values['older-than'])
  if (positionals.join(' ') === 'check' && minutes >= 0) {
    return { repair: values.repair, youngest_ms: minutes * minute_ms }
  }
}

// Progress only on a terminal, not in a file.
function showProgress() {
  let shown = 0
  return ({ checked_bytes, total_bytes }: { checked_bytes: number; total_bytes: number }) => {
    if (!process.stderr.isTTY || Date.now() - shown < 200) return
    shown = Date.now()
    const percent = Math.floor((100 * checked_bytes) / Math.max(1, total_bytes))
    process.stderr.write(`\r${percent} % of ${Math.round(total_bytes / 1e6)} MB `)
  }
}

function show({ contents, bytes, ...faults }: CheckReport): void {
  console.log(`${contents} contents, ${bytes} bytes`)
  const words = {
    orphans: ['blobs without a row', 'removed'],
    unnamed: ['contents without an owner', 'removed'],
    missing: ['contents whose bytes are missing', 'marked'],
    damaged: ['contents whose bytes are damaged', 'marked'],
  } as const
  for (const [kind, [what, done]] of Object.entries(words)) {
    const found = faults[kind as keyof typeof words]
    console.log(`${found.length} ${what}${repair && found.length > 0 ? `, ${done}` : ''}`)
    for (const name of found) console.log(`  ${name}`)
  }
}
