import { expect, it, setDefaultTimeout } from 'bun:test'
import { describeInBrowser } from '../../scripts/browser/describe-in-browser.ts'
import { logIn } from '../../scripts/browser/requester.ts'
import { adminPassword, signIn } from '../../scripts/browser/stage.ts'
import type { MadeInvitation } from '../../shared/schemas/invitation.ts'

setDefaultTimeout(90_000)

const settings = { PUBLIC_URL: 'https://campus.test.example' }

describeInBrowser(
  'a pending invitation',
  (stage) => {
    it('gets a new link, and the former one no longer works', async () => {
      const admin = await logIn(stage.url, 'admin', adminPassword)
      const made = (await (await admin('/api/invitations', {})).json()) as MadeInvitation
      const isOpen = async (link: string) => {
        const token = link.split('#')[1]
        return (await admin('/api/invitations/check', { token })).ok
      }
      expect(await isOpen(made.link ?? '')).toBe(true)
      const { page, errors } = await stage.visit()
      await signIn(page, 'admin', adminPassword)
      await page.goto('/people')
      await page.getByRole('button', { name: /^New link/ }).click()
      const dialog = page.getByRole('dialog')
      const link = await dialog.getByLabel('Link', { exact: true }).inputValue()
      await dialog.getByRole('button', { name: 'Close' }).last().click()
      await dialog.waitFor({ state: 'detached' })
      expect([await isOpen(made.link ?? ''), await isOpen(link)]).toEqual([false, true])
      expect(await page.getByRole('button', { name: /^New link/ }).count()).toBe(1)
      expect(errors).toEqual([])
    })
  },
  settings,
)
