/**
 * Runs the campaigns that take hours, one after the other; each is also a command of its own. Ends
 * with one summary line, and exits with 1 when any failed.
 */
import { join } from 'node:path'

const campaigns = [
  ['property'],
  ['chaos', 'kill'],
  ['chaos', 'waiters'],
  ['chaos', 'hammer'],
  ['chaos', 'files'],
  ['chaos', 'bookings'],
  ['chaos', 'telling'],
  ['chaos', 'webhooks'],
  ['chaos', 'rolling'],
  ['chaos', 'failover'],
  ['chaos', 'hostile'],
  ['mutants'],
]

let failed = 0
for (const [name = '', ...options] of campaigns) {
  console.log(['bun run', name, ...options].join(' '))
  const script = join(import.meta.dir, `${name}.ts`)
  const run = Bun.spawn([process.execPath, script, ...options], {
    stdio: ['ignore', 'inherit', 'inherit'],
  })
  if ((await run.exited) !== 0) failed++
}
console.log(`${campaigns.length - failed} passed, ${failed} failed`)
process.exit(failed > 0 ? 1 : 0)
