import { expect, it, onTestFinished, setDefaultTimeout } from 'bun:test'
import type { Page } from 'playwright-core'
import { Webhook as Verifier } from 'standardwebhooks'
import { describeInBrowser } from '../../scripts/browser/describe-in-browser.ts'
import { adminPassword, samplePassword, signIn } from '../../scripts/browser/stage.ts'

setDefaultTimeout(60_000)

const settings = { WEBHOOK_ALLOWED_NETWORKS: '127.0.0.0/8' }

describeInBrowser(
  'webhooks in the console',
  (stage) => {
    it('are added, tested, replayed, rotated, paused and removed', async () => {
      const receiver = startReceiver()
      const { page } = await stage.visit()
      await signIn(page, 'admin', adminPassword)
      await page.goto('/system')
      await page.getByRole('link', { name: 'Webhooks' }).click()
      await page.getByText('No webhooks yet').waitFor()
      const secret = await addWebhook(page, receiver.url)
      await page.getByRole('heading', { name: 'The gate' }).waitFor()
      expect(await page.content()).not.toContain(secret)
      await page.getByText('booking.*, resource.*').waitFor()

      await page.getByRole('button', { name: 'Send test' }).click()
      await page.getByText(/^The test failed\. Status 500 in \d+ ms: under maintenance$/).waitFor()
      await page.locator('.rows').getByText('Failed').waitFor()
      receiver.answer(200)
      await page.getByRole('button', { name: 'Send test' }).click()
      await page.getByText(/^The test was delivered\./).waitFor()
      const [, last] = receiver.requests
      new Verifier(secret).verify(last?.body ?? '', last?.headers ?? {})
      await sendAgain(page)

      expect(await replaceSecret(page)).not.toBe(secret)
      await page.getByRole('button', { name: 'Pause' }).click()
      await page.getByText('Paused').waitFor()
      await page.getByRole('button', { name: 'Enable' }).click()
      await page.getByText('Enabled').waitFor()
      await remove(page)
      await page.getByText('No webhooks yet').waitFor()
    })

    it('are not visible to members', async () => {
      const { page } = await stage.visit()
      await signIn(page, 'ben', samplePassword)
      await page.goto('/system/webhooks')
      await page.getByRole('heading', { name: 'There is no such page' }).waitFor()
    })
  },
  settings,
)

function startReceiver() {
  let status = 500
  const requests: { body: string; headers: Record<string, string> }[] = []
  const server = Bun.serve({
    hostname: '127.0.0.1',
    port: 0,
    fetch: async (request) => {
      requests.push({ body: await request.text(), headers: request.headers.toJSON() })
      return new Response('under maintenance', { status })
    },
  })
  onTestFinished(() => server.stop(true))
  return {
    url: `http://127.0.0.1:${server.port}/`,
    requests,
    answer: (next: number) => (status = next),
  }
}

/** At first with a forbidden URL. @returns the secret */
async function addWebhook(page: Page, url: string): Promise<string> {
  await page.getByRole('button', { name: 'New webhook' }).click()
  await page.getByLabel('URL').fill('https://10.0.0.1/')
  await page.getByLabel('Name', { exact: true }).fill('The gate')
  await page.getByLabel('Events').fill('booking.*, resource.*')
  await page.getByRole('button', { name: 'Create webhook' }).click()
  await page.getByRole('listitem').getByText('not a public address').waitFor()
  await page.getByLabel('URL').fill(url)
  await page.getByRole('button', { name: 'Create webhook' }).click()
  return takeSecret(page)
}

async function takeSecret(page: Page): Promise<string> {
  await page.getByText('it is not shown again').waitFor()
  const secret = await page.getByLabel('Secret', { exact: true }).inputValue()
  await page.getByRole('dialog').getByRole('button', { name: 'Close' }).last().click()
  return secret
}

async function sendAgain(page: Page): Promise<void> {
  await page.getByLabel('State').selectOption('Failed')
  await page.locator('.rows').getByText('Delivered').waitFor({ state: 'detached' })
  await page.getByRole('button', { name: 'Send again webhook.test' }).click()
  await page.getByText('It is sent again.').waitFor()
  await page.getByLabel('State').selectOption('Delivered')
  while ((await page.locator('.rows').getByText('Delivered').count()) < 2) {
    await page.getByRole('button', { name: 'Refresh' }).click()
    await Bun.sleep(100)
  }
}

/** @returns the new one */
async function replaceSecret(page: Page): Promise<string> {
  await page.getByRole('button', { name: 'Add secret' }).click()
  const secret = await takeSecret(page)
  const removals = page
    .locator('section', { hasText: 'whsec_' })
    .getByRole('button', { name: 'Remove' })
  await removals.first().click()
  await confirmRemoval(page)
  await removals.first().waitFor({ state: 'detached' })
  return secret
}

async function remove(page: Page): Promise<void> {
  await page.getByRole('button', { name: 'Remove', exact: true }).first().click()
  await confirmRemoval(page)
}

async function confirmRemoval(page: Page): Promise<void> {
  await page.getByRole('dialog').getByRole('button', { name: 'Remove' }).click()
}
