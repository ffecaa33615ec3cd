import { join } from 'node:path'
import { createLedger } from '../chaos/ledger.ts'
import { startLoad } from '../chaos/load.ts'
import { verify } from '../chaos/verify.ts'
import { campaignEnvironment, logIn } from '../harness/administrator.ts'
import { startCaddy } from '../harness/caddy.ts'
import { createCars } from '../harness/request.ts'
import type { Engine } from './engine.ts'

const root = join(import.meta.dir, '../..')
const clients = 3
// A release that does not start, and one that is another by its image alone.
const releases = {
  broken: 'ENTRYPOINT ["false"]',
  next: 'LABEL release=next',
}

/**
 * Replaces the whole stack by `deploy/upgrade` while clients book through a real Caddy, after a
 * release that does not start was refused.
 * @param ports of the gateway, and of the second one that is there meanwhile
 * @param environment the stack's own
 */
export async function rehearseUpgrade(
  { docker }: Engine,
  ports: readonly string[],
  environment: Record<string, string>,
): Promise<void> {
  const caddy = await startCaddy(ports.map((port) => `127.0.0.1:${port}`).join(' '), true)
  try {
    const url = `http://127.0.0.1:${caddy.port}`
    await setPassword(url)
    const resources = await createCars(url, 3)
    const ledger = createLedger()
    const load = startLoad({ urls: [url], resources, ledger, clients })
    for (const [name, line] of Object.entries(releases)) {
      await build(name, line)
      const begun = Date.now()
      const WAIT = name === 'next' ? '300' : '20'
      const upgrade = Bun.spawn(['deploy/upgrade'], {
        cwd: root,
        env: { ...process.env, ...environment, CAMPUS_VERSION: name, BACKUP: 'no', WAIT },
        stdio: ['ignore', 'inherit', 'inherit'],
      })
      const code = await upgrade.exited
      console.log(`${name}: ended with ${code} after ${Math.round((Date.now() - begun) / 1000)} s`)
      if ((code === 0) !== (name === 'next')) throw new Error(`${name} ended with ${code}`)
    }
    await load.stop()
    const answered = [200, 201, 204, 409].map(load.witness.total).reduce((sum, some) => sum + some)
    console.log(`${answered} requests answered, not so: ${load.witness.wrong.join('\n') || 'none'}`)
    const faults = await verify(url, ledger, resources)
    console.log(
      `${ledger.count()} bookings acknowledged and there; wrong: ${JSON.stringify(faults)}`,
    )
    if (load.witness.wrong.length + faults.length > 0) throw new Error('Requests were lost')
  } finally {
    await caddy.stop()
    for (const name of Object.keys(releases)) await docker('rmi', '--force', `campus:${name}`)
  }
}

async function build(name: string, line: string): Promise<void> {
  const child = Bun.spawn(['docker', 'build', '--quiet', '--tag', `campus:${name}`, '-'], {
    stdio: [new Blob([`FROM campus:latest\n${line}\n`]), 'ignore', 'inherit'],
  })
  if ((await child.exited) !== 0) throw new Error(`campus:${name} was not built`)
}

/** The one that the clients know. */
async function setPassword(url: string): Promise<void> {
  const current_password = await Bun.file(join(root, 'deploy/secrets/admin-password')).text()
  const authorization = await logIn(url, { username: 'admin', password: current_password })
  const headers = { authorization, 'content-type': 'application/json' }
  const { id } = (await (await fetch(`${url}/api/users/me`, { headers })).json()) as { id: string }
  const body = JSON.stringify({ password: campaignEnvironment.ADMIN_PASSWORD, current_password })
  const answer = await fetch(`${url}/api/users/${id}`, { method: 'PATCH', headers, body })
  if (!answer.ok) throw new Error(`The password was not set: ${await answer.text()}`)
}
