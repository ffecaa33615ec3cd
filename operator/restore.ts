import { resolve } from 'node:path'
import { parseArgs } from 'node:util'
import { serviceNames, type ServiceName } from '../services/index.ts'
import { openMigrated } from '../services/open-store.ts'
import { renewEpoch } from '../shared/event-position.ts'
import { readConfig, type Config } from '../shared/host/config.ts'
import { createStores } from '@campus/store/open.ts'
import { checkContents, drill, requireReady } from './backup/drill.ts'
import { restoreSystem } from './backup/restore-system.ts'
import { fail, orUsage } from './fail.ts'

const usage = `bun run restore <folder>
bun run restore --drill <folder> [--into <PostgreSQL>]
bun run restore --rewound

Restores a backup into an empty system that is not running, and verifies it: the hash of every file
of the backup, the rows of every table, the contents of files, and the readiness of every service.
Reads the same environment as the system; SECRET must be that of the system that was backed up.
A SQLite backup can be restored into PostgreSQL. If a restore is interrupted, run it again: nothing
is served until it is complete.
  --drill    restores the newest backup in <folder> to a temporary place, also while the system
             runs, verifies it, as doctor --deep does, and removes it. Exits with 1 on a fault.
  --into     URL of an empty PostgreSQL for --drill, with {service}; it is not cleaned up
  --rewound  after point-in-time recovery of PostgreSQL: makes followers of events read everything
             again`

// Services with events that others follow.
const withEvents = ['inventory', 'bookings', 'courses', 'files'] as const

const { folder, options } = orUsage(usage, readCommand)
try {
  const config = readConfig(process.env, serviceNames)
  if (options.rewound) await rewind(config)
  else if (options.drill) await rehearse(config)
  else await restore(config)
} catch (error) {
  fail(error)
}

async function restore(config: Config): Promise<void> {
  const { created, databases } = await restoreSystem(folder, config, (line) => console.log(line))
  if (!('event_epochs' in (databases.inventory?.rows ?? {}))) await renew('inventory', config)
  await requireReady(config)
  const { ok, text } = await checkContents(config)
  if (!ok) throw new Error(`Restored, but these contents are ${text}`)
  console.log(`restored what was saved at ${created}`)
}

async function rehearse(config: Config): Promise<void> {
  const findings = await drill(folder, config, options.into)
  for (const { topic, ok, text } of findings) {
    console.log(`${ok ? 'ok  ' : 'BAD '} ${topic.padEnd(22)} ${text}`)
  }
  if (findings.some(({ ok }) => !ok)) fail('This backup would not bring everything back.')
}

async function rewind(config: Config): Promise<void> {
  for (const name of withEvents) await renew(name, config)
  console.log('Start: followers of events will read everything again.')
}

/** Only needed for backups of older versions; otherwise the restore has done it. */
async function renew(name: ServiceName, config: Config): Promise<void> {
  const stores = createStores()
  const store = await openMigrated(name, { stores, config })
  await renewEpoch(store)
  await stores.close()
}

function readCommand() {
  const { values, positionals } = parseArgs({
    allowPositionals: true,
    options: {
      drill: { type: 'boolean' },
      rewound: { type: 'boolean' },
      into: { type: 'string' },
    },
  })
  const [given = ''] = positionals
  const isMeant = positionals.length === (values.rewound ? 0 : 1) && !(values.into && !values.drill)
  if (isMeant) return { folder: resolve(given), options: values }
}
