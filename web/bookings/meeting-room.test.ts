import { beforeAll, expect, it, setDefaultTimeout } from 'bun:test'
import { describeInBrowser } from '../../scripts/browser/describe-in-browser.ts'
import { adminPassword, samplePassword, signIn, type Visitor } from '../../scripts/browser/stage.ts'

setDefaultTimeout(90_000)

describeInBrowser('a type of things that nobody had thought of', (stage) => {
  let admin: Visitor
  let anna: Visitor
  beforeAll(async () => {
    admin = await stage.visit()
    anna = await stage.visit()
  })

  it('is added as a type by an administrator, with a first resource', async () => {
    const { page, errors } = admin
    await signIn(page, 'admin', adminPassword)
    await page.goto('/bookings/resources')
    await page.getByRole('button', { name: 'Add a type' }).click()
    const dialog = page.getByRole('dialog')
    await dialog.getByLabel('Name of one').fill('Meeting room')
    await dialog.getByLabel('Name of several').fill('Meeting rooms')
    await dialog.getByRole('button', { name: 'Add a property' }).click()
    await dialog.getByRole('textbox', { name: 'Property' }).fill('Seats')
    await dialog.getByLabel('Required').check()
    await dialog.getByRole('button', { name: 'Add a type' }).click()

    await page.getByRole('button', { name: 'Add Meeting rooms' }).click()
    await dialog.getByLabel('Name').fill('Ada')
    await dialog.getByLabel('Seats').fill('8')
    await dialog.getByLabel('Note').fill('Key at the desk')
    await dialog.getByRole('button', { name: 'Add', exact: true }).click()
    await page.getByRole('link', { name: 'Ada' }).waitFor()
    expect(errors).toEqual([])
  })

  it('is booked by a member, who sees its description', async () => {
    const { page, errors } = anna
    await signIn(page, 'anna', samplePassword)
    await page.goto('/bookings/resources')
    expect(await page.getByRole('button', { name: 'Add a type' }).count()).toBe(0)
    await page.getByRole('link', { name: 'Ada' }).click()
    await page.getByText('Key at the desk').waitFor()
    expect(await page.locator('.facts').innerText()).toMatch(/Seats\s+8/)
    await page.getByRole('button', { name: 'New booking' }).click()
    const dialog = page.getByRole('dialog')
    await dialog.getByLabel('What for').fill('Stand-up')
    await dialog.getByRole('button', { name: 'Book', exact: true }).click()
    await page.getByText('Stand-up').first().waitFor()
    await page.goto('/bookings?type=Meeting+room&view=list')
    await page.getByText('Stand-up').first().waitFor()
    expect(errors).toEqual([])
  })

  it('is taken, and booked in two taps for when it is next free', async () => {
    const { page, errors } = anna
    const at = (hour: string) => `2035-05-07T${hour}:00`
    const search = async (type: string) => {
      const query = new URLSearchParams({ type, from: at('09'), to: at('12') })
      await page.goto(`/bookings/find?${query}`)
    }
    await search('Meeting room')
    const book = page.getByRole('dialog').getByRole('button', { name: 'Book', exact: true })
    await page.getByRole('button', { name: 'Book Ada' }).click()
    await book.click()
    await page.getByRole('dialog').waitFor({ state: 'detached' })
    await search('Meeting room')
    await page.getByRole('heading', { name: 'Earliest free times' }).waitFor()
    await page.getByRole('button', { name: /Book Ada, .*12:00/ }).click()
    await book.click()
    await page.getByRole('dialog').waitFor({ state: 'detached' })
    await page.getByText('12:00').first().waitFor()
    await search('Meeting room')
    await page.getByRole('button', { name: /Book Ada, .*15:00/ }).waitFor()
    expect(errors).toEqual([])
  })

  it('goes out of service and comes back', async () => {
    const { page } = admin
    await page.goto('/bookings/resources')
    await page.getByRole('link', { name: 'Blue Skoda' }).click()
    await page.getByRole('link', { name: 'Take out of service' }).click()
    await page.getByRole('button', { name: 'For good' }).click()
    await page.getByRole('button', { name: 'Decommission' }).click()
    await page.getByRole('button', { name: 'Return to service Blue Skoda' }).click()
    await page.getByRole('link', { name: 'Blue Skoda' }).waitFor()
  })
})
