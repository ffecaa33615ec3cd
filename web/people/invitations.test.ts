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

    it('is sent again to its address, or gets a link where mail is off', async () => {
      const admin = await logIn(stage.url, 'admin', adminPassword)
      const email = 'ada@test.example'
      // Nobody sends it in development: `mailed` says nothing of what a new link will do.
      const made = await (await admin('/api/invitations', { email })).json()
      expect(made).toMatchObject({ email, mailed: false })
      const { page, errors } = await stage.visit()
      await signIn(page, 'admin', adminPassword)
      await page.goto('/people')
      await page.getByRole('button', { name: new RegExp(`^Send again ?${email}`) }).waitFor()
      await page.route('**/api/users/sign_up', async (route) => {
        const answer = await route.fetch()
        await route.fulfill({ response: answer, json: { ...(await answer.json()), mail: false } })
      })
      await page.reload()
      await page.getByRole('button', { name: new RegExp(`^New link ?${email}`) }).waitFor()
      expect(errors).toEqual([])
    })
  },
  settings,
)
