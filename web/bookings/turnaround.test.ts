import { beforeAll, expect, it, setDefaultTimeout } from 'bun:test'
import { describeInBrowser } from '../../scripts/browser/describe-in-browser.ts'
import { adminPassword, samplePassword, signIn, type Visitor } from '../../scripts/browser/stage.ts'

setDefaultTimeout(90_000)

describeInBrowser('a turnaround', (stage) => {
  let admin: Visitor
  let anna: Visitor
  beforeAll(async () => {
    admin = await stage.visit()
    anna = await stage.visit()
  })

  it('is set for a new type, changed for all its resources, and for one of them', async () => {
    const { page, errors } = admin
    await signIn(page, 'admin', adminPassword)
    await page.goto('/bookings/resources')
    const dialog = page.getByRole('dialog')
    await page.getByRole('button', { name: 'Add a type' }).click()
    await dialog.getByLabel('Name of one').fill('Studio')
    await dialog.getByLabel('Name of several').fill('Studios')
    await dialog.getByLabel('Minutes kept free before').fill('10')
    await dialog.getByRole('button', { name: 'Add a type' }).click()
    await page.getByText('kept free: 10 min before').waitFor()

    await page.getByRole('button', { name: 'Edit Studios' }).click()
    await dialog.getByLabel('Minutes kept free before').fill('30')
    await dialog.getByLabel('Minutes kept free after').fill('15')
    await dialog.getByRole('button', { name: 'Save' }).click()
    await page.getByText('kept free: 30 min before, 15 min after').waitFor()

    for (const [name, after] of [
      ['Blue studio', ''],
      ['Red studio', '0'],
    ] as const) {
      await page.getByRole('button', { name: 'Add Studios' }).click()
      await dialog.getByLabel('Name').fill(name)
      await dialog.getByText('as the type (30 min before, 15 min after)').first().waitFor()
      await dialog.getByLabel('Minutes kept free after').fill(after)
      await dialog.getByRole('button', { name: 'Add', exact: true }).click()
      await page.getByRole('link', { name }).waitFor()
    }
    await page.getByRole('link', { name: 'Red studio' }).click()
    await page.getByText('30 min before', { exact: true }).waitFor()
    expect(errors).toEqual([])
  })

  it('is the reason for a refusal, with the next free time', async () => {
    const { page } = anna
    await signIn(page, 'anna', samplePassword)
    await page.goto('/bookings/resources')
    await page.getByRole('link', { name: 'Blue studio' }).click()
    const dialog = page.getByRole('dialog')
    const book = async (from: string, to: string) => {
      await page.getByRole('button', { name: 'New booking' }).click()
      const [begin, end] = [dialog.getByLabel('From'), dialog.getByLabel('To', { exact: true })]
      await begin.fill(`2035-05-07T${from}`)
      await end.fill(`2035-05-07T${to}`)
      await dialog.getByRole('button', { name: 'Book', exact: true }).click()
    }
    await book('10:00', '11:00')
    await dialog.waitFor({ state: 'detached' })
    await book('11:00', '12:00')
    const notice = await dialog.getByRole('alert').innerText()
    expect(notice).toContain('Too close to another booking')
    expect(notice).toContain('taken from 09:30 to 11:15')
    await dialog.getByRole('button', { name: /Take it from .*11:45/ }).click()
    await dialog.getByRole('button', { name: 'Book', exact: true }).click()
    await dialog.waitFor({ state: 'detached' })
    await page.goto('/bookings?type=Studio&view=list&date=2035-05-07')
    await page.getByText('taken from 09:30 to 11:15 with turnaround').waitFor()
    await page.goto('/bookings?type=Studio&view=day&date=2035-05-07')
    await page.locator('.turnaround').first().waitFor()
    expect(await page.locator('.turnaround').count()).toBe(4)
  })
})
