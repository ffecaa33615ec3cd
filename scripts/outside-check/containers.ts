import { $ } from 'bun'
import { join } from 'node:path'
import { findAbsentImage, findEngine } from '../compose-check/engine.ts'
import type { Outside } from './beside.ts'
import { readSettings } from './dex.ts'
import { openMailbox } from './mailpit.ts'
import { waitFor } from './wait-for.ts'

const root = join(import.meta.dir, '../..')
const dexFile = 'deploy/dex/compose.yaml'
// As in deploy/dex/dex.yaml, and the ports of compose.yaml.
const home = 'http://127.0.0.1:3000'
const pages = 'http://127.0.0.1:8025'

interface Compose {
  services: Record<string, { image?: string }>
}

/**
 * The stack of compose.yaml with its mail profile and deploy/dex. @returns what is missing, if
 * anything
 */
export async function startContainers(): Promise<Outside | string> {
  const SETTINGS = 'scripts/outside-check/settings.env'
  const environment = {
    PORT: '3000',
    PUBLIC_URL: home,
    SAMPLE_DATA: 'false',
    SETTINGS,
    // Not what `.env` may name: it is built here.
    CAMPUS_VERSION: 'latest',
  }
  const files = [dexFile, 'scripts/outside-check/compose.yaml']
  const engine = await findEngine('campus-outside', environment, files)
  if (!engine) return 'no container engine answers'
  const { compose, docker } = engine
  const images = [await readImage('compose.yaml', 'mailpit'), await readImage(dexFile, 'dex')]
  const absent = await findAbsentImage(docker, images)
  if (absent !== undefined) return `${absent} is not here and cannot be pulled`

  const stop = async () => void (await compose('down', '--volumes', '--timeout', '5'))
  await $`${process.execPath} operator/secrets.ts`.cwd(root).quiet()
  try {
    await compose('build', 'gateway')
    await compose('--profile', 'mail', 'up', '--detach')
    const { issuer, staticClients, staticPasswords } = await readSettings()
    for (const url of [`${home}/readyz`, `${pages}/readyz`, `${issuer}/healthz`]) {
      await waitFor(url, async () => (await fetch(url).catch(() => undefined))?.ok || undefined)
    }
    const [client] = staticClients
    if (!client) throw new Error('deploy/dex/dex.yaml has no client')
    return {
      home,
      adminPassword: await Bun.file(join(root, 'deploy/secrets/admin-password')).text(),
      dex: { issuer, client, person: staticPasswords[0] },
      mailbox: openMailbox(pages),
      stop,
    }
  } catch (error) {
    await stop()
    throw error
  }
}

async function readImage(file: string, service: string): Promise<string> {
  const { services } = Bun.YAML.parse(await Bun.file(join(root, file)).text()) as Compose
  return services[service]?.image ?? ''
}
