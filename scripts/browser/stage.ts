import { existsSync } from 'node:fs'
import { mkdtemp, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import {
  chromium,
  type BrowserContext,
  type BrowserContextOptions,
  type Page,
} from 'playwright-core'
import { startSystem } from '../harness/run-system.ts'
import { requireConsole } from '../web.ts'

const places = ['/usr/bin/chromium', '/usr/bin/chromium-browser', '/usr/bin/google-chrome']

/** The path of an installed browser; undefined when there is none. */
export const browserPath = places.find((path) => existsSync(path))

export const adminPassword = 'a password for browsers'
/** The password of the sample members; see the users service. */
export const samplePassword = 'campus-sample'

export interface Visitor {
  page: Page
  context: BrowserContext
  /** Errors of the page: exceptions, console errors, failed requests. */
  errors: string[]
}

export interface Stage {
  url: string
  /** A window with its own storage. */
  visit: (options?: BrowserContextOptions) => Promise<Visitor>
  close: () => Promise<void>
}

// A page that takes longer than this, even on a busy machine, hangs.
const timeout_ms = 20_000

/**
 * Starts all of Campus with sample data on a fresh SQLite database, and a real browser.
 * @param settings further environment variables
 */
export async function openStage(settings: Record<string, string> = {}): Promise<Stage> {
  if (!browserPath) throw new Error(`There is no browser here. Looked for ${places.join(', ')}`)
  await requireConsole()
  const folder = await mkdtemp(join(tmpdir(), 'campus-browser-'))
  const system = await startSystem({
    environment: {
      DATABASE_URL: `sqlite:${folder}/{service}.sqlite`,
      BLOB_URL: `file:${folder}/blobs`,
      ADMIN_PASSWORD: adminPassword,
      // Nothing is late or awaits approval, unless a journey makes it so.
      SAMPLE_DATA: 'quiet',
      NODE_ENV: 'development',
      LOG_LEVEL: 'warn',
      LOGIN_LIMIT_PER_MINUTE: '0',
      SIGN_UP_LIMIT_PER_HOUR: '0',
      ADDRESS_LIMIT_PER_MINUTE: '0',
      ...settings,
    },
  })
  // Shown once the sample data is complete: until then it may take any car, and each is an event.
  const isFilled = () => settings.SAMPLE_DATA === 'false' || system.output().includes('members')
  while (!isFilled()) await Bun.sleep(20)
  // Chromium's sandbox needs a kernel that allows user namespaces; only our own code runs here.
  const browser = await chromium.launch({ executablePath: browserPath, args: ['--no-sandbox'] })
  return {
    url: system.url,
    visit: async (options) => {
      const context = await browser.newContext({
        baseURL: system.url,
        viewport: { width: 1280, height: 860 },
        locale: 'en-GB',
        timezoneId: 'Europe/Berlin',
        ...options,
      })
      context.setDefaultTimeout(timeout_ms)
      const page = await context.newPage()
      return { page, context, errors: collectErrors(page) }
    },
    close: async () => {
      await browser.close()
      await system.stop()
      await rm(folder, { recursive: true, force: true })
    },
  }
}

function collectErrors(page: Page): string[] {
  const errors: string[] = []
  page.on('pageerror', (error) => errors.push(`exception: ${error.message}`))
  page.on('console', (message) => {
    // Responses of 4xx are reported below, with their address.
    const isAnswer = message.text().startsWith('Failed to load resource')
    if (message.type() === 'error' && !isAnswer) errors.push(`console: ${message.text()}`)
  })
  page.on('response', (response) => {
    const { pathname } = new URL(response.url())
    const line = `${response.status()} ${response.request().method()} ${pathname}`
    if (response.status() >= 400) errors.push(line)
  })
  return errors
}

/** Signs in on the sign-in page. */
export async function signIn(page: Page, name: string, password: string): Promise<void> {
  await page.goto('/sign-in')
  await page.getByLabel('Name or email').fill(name)
  await page.getByLabel('Password').fill(password)
  await page.getByRole('button', { name: 'Log in', exact: true }).click()
  await page.getByRole('navigation', { name: 'Pages' }).waitFor()
}
