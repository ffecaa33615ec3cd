import { expect, it, setDefaultTimeout } from 'bun:test'
import { describeInBrowser } from '../../scripts/browser/describe-in-browser.ts'
import { adminPassword, samplePassword, signIn } from '../../scripts/browser/stage.ts'

setDefaultTimeout(90_000)

describeInBrowser('a resource for some groups only', (stage) => {
  it('is set by an administrator, and hides it from others', async () => {
    const { page, errors } = await stage.visit()
    await signIn(page, 'admin', adminPassword)
    await page.goto('/people/groups')
    await page.getByRole('button', { name: 'Add group' }).click()
    const dialog = page.getByRole('dialog')
    await dialog.getByLabel('Name').fill('Board')
    await dialog.getByRole('button', { name: 'Save' }).click()
    await page.waitForURL(/groups\/.+/)
    await page.goto('/bookings/resources')
    await page.getByRole('link', { name: 'Blue Skoda' }).click()
    await page.getByRole('button', { name: 'Edit', exact: true }).first().click()
    await dialog.getByLabel('Only some groups may see it').check()
    await dialog.getByText('Without a group, only administrators see it.').waitFor()
    await dialog.getByLabel('Add a group').selectOption({ label: 'Board' })
    await dialog.getByRole('button', { name: 'Remove Board' }).waitFor()
    await dialog.getByRole('button', { name: 'Save' }).click()
    await dialog.waitFor({ state: 'detached' })
    await page.locator('.facts').getByText('Board', { exact: true }).waitFor()
    expect(await page.locator('.facts').innerText()).toMatch(/Visible to\s+Board/)
    expect(errors).toEqual([])

    const anna = await stage.visit()
    await signIn(anna.page, 'anna', samplePassword)
    await anna.page.goto('/bookings/resources')
    await anna.page.getByRole('link', { name: 'Red Fiat' }).waitFor()
    expect(await anna.page.getByText('Blue Skoda').count()).toBe(0)
    await anna.page.goto(new URL(page.url()).pathname)
    await anna.page.getByText('There is no such page').waitFor()
  })
})
