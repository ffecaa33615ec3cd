import { beforeAll, expect, it, setDefaultTimeout } from 'bun:test'
import { describeInBrowser } from '../../scripts/browser/describe-in-browser.ts'
import { adminPassword, samplePassword, signIn, type Visitor } from '../../scripts/browser/stage.ts'
import { addDays, toInputDate } from '../time.ts'

setDefaultTimeout(90_000)

const day = (ahead: number) => toInputDate(addDays(new Date(), ahead))

describeInBrowser('what has to be approved', (stage) => {
  let admin: Visitor
  let anna: Visitor
  beforeAll(async () => {
    admin = await stage.visit()
    anna = await stage.visit()
  })

  const request = async (title: string, from: string, to: string) => {
    const { page } = anna
    await page.goto('/bookings?type=Truck&view=list')
    await page.getByRole('button', { name: 'New booking' }).click()
    const dialog = page.getByRole('dialog')
    await dialog.getByLabel('From', { exact: true }).fill(from)
    await dialog.getByLabel('To', { exact: true }).fill(to)
    await dialog.getByLabel('What for').fill(title)
    await dialog.getByRole('button', { name: 'Book', exact: true }).click()
  }

  it('is requested by a member from the calendar, who sees the rules', async () => {
    const { page } = anna
    await signIn(page, 'anna', samplePassword)
    // Longer than allowed.
    await request('Trade fair', `${day(30)}T08:00`, `${day(40)}T08:00`)
    const dialog = page.getByRole('dialog')
    await dialog.getByRole('alert').getByText('at most 7 days').waitFor()
    expect(await dialog.getByLabel('Kind').count()).toBe(0)
    expect(await dialog.getByRole('button', { name: 'Join the waiting list' }).count()).toBe(0)
    await dialog.getByLabel('To', { exact: true }).fill(`${day(32)}T08:00`)
    await dialog.getByRole('button', { name: 'Book', exact: true }).click()
    await page.getByText('Truck 1 is requested.').waitFor()
    expect(await page.getByRole('link', { name: /^Requests/ }).count()).toBe(0)
  })

  it('is counted, shown in the calendar, and approved by one key', async () => {
    const { page } = admin
    await signIn(page, 'admin', adminPassword)
    await page.goto(`/bookings?type=Truck&view=week&date=${day(31)}`)
    await page.getByRole('link', { name: 'Requests 1' }).waitFor()
    await page.getByLabel(/Waiting for approval: Anna Berg Trade fair/).waitFor()
    await page.locator('.is-requested').getByText('? Anna Berg Trade fair').waitFor()
    await page.getByRole('link', { name: 'Requests 1' }).click()
    await page.getByRole('button', { name: 'Approve Trade fair' }).focus()
    await page.keyboard.press('a')
    await page.getByText('Trade fair is approved.').waitFor()
    await page.getByText('Nothing to decide').waitFor()
    await page.getByRole('link', { name: 'Requests', exact: true }).waitFor()
  })

  it('has a page, opened from its bar: who has it, and its history', async () => {
    const { page } = admin
    await page.goto(`/bookings?type=Truck&view=week&date=${day(31)}`)
    await page.locator('.event.is-booking', { hasText: 'Trade fair' }).click()
    await page.getByRole('dialog').getByRole('link', { name: 'Whole page' }).click()
    await page.getByRole('heading', { name: 'Trade fair' }).waitFor()
    const facts = page.locator('.facts')
    await facts.getByRole('link', { name: 'Truck 1' }).waitFor()
    expect(await facts.innerText()).toMatch(/Who\s+Anna Berg/)
    await page.getByRole('button', { name: 'Change booking' }).click()
    const dialog = page.getByRole('dialog')
    await dialog.getByLabel('To', { exact: true }).fill(`${day(32)}T10:00`)
    await dialog.getByRole('button', { name: 'Save' }).click()
    await page.getByText(/10:00/).first().waitFor()
  })

  it('has files, visible to its viewers, and removed by the user who added them', async () => {
    const { page } = anna
    const path = new URL(admin.page.url()).pathname
    await page.goto(path)
    const contract = { name: 'Contract.txt', mimeType: 'text/plain', buffer: Buffer.from('Signed') }
    await page.getByLabel('Add a file').setInputFiles(contract)
    await page.getByText('Contract.txt is added.').waitFor()
    await admin.page.goto(path)
    const link = admin.page.getByRole('link', { name: 'Contract.txt' })
    const address = (await link.getAttribute('href')) ?? ''
    expect(await (await fetch(stage.url + address)).text()).toBe('Signed')
    await page.getByRole('button', { name: 'Remove Contract.txt' }).click()
    await page.getByText('A contract or a delivery note').waitFor()
  })

  it('is rejected with a reason, which the requester sees', async () => {
    await request('Second fair', `${day(50)}T08:00`, `${day(52)}T08:00`)
    await anna.page.getByText('Truck 1 is requested.').waitFor()
    const { page } = admin
    await page.goto('/bookings/requests')
    await page.getByRole('button', { name: 'Reject Second fair' }).focus()
    await page.keyboard.press('r')
    const dialog = page.getByRole('dialog')
    await dialog.getByLabel('Reason').fill('It is in the workshop then.')
    await dialog.getByRole('button', { name: 'Reject' }).click()
    await page.getByText('Second fair is rejected.').waitFor()
    await anna.page.goto('/book')
    await anna.page.getByRole('link', { name: /Rejected.*Second fair/ }).click()
    await anna.page.getByText('It is in the workshop then.').waitFor()
  })

  it('is decided one at a time: a held or repeated key decides nothing unseen', async () => {
    await request('Third fair', `${day(60)}T08:00`, `${day(61)}T10:00`)
    await anna.page.getByText('Truck 1 is requested.').waitFor()
    await request('Fourth fair', `${day(70)}T08:00`, `${day(71)}T10:00`)
    await anna.page.getByText('Truck 1 is requested.').waitFor()
    const { page } = admin
    await page.goto('/bookings/requests')
    await page.getByRole('button', { name: 'Approve Third fair' }).focus()
    await page.keyboard.down('a')
    await page.keyboard.down('a')
    await page.getByText('Third fair is approved.').waitFor()
    await page.getByRole('button', { name: 'Approve Third fair' }).waitFor({ state: 'detached' })
    const next = page.getByRole('button', { name: 'Approve Fourth fair' })
    await page.waitForFunction(() => document.activeElement?.textContent?.includes('Fourth fair'))
    await page.keyboard.down('a')
    await page.keyboard.up('a')
    await page.getByRole('link', { name: 'Requests 1' }).waitFor()
    expect(await page.getByText('Fourth fair is approved.').count()).toBe(0)
    expect(await next.count()).toBe(1)
  })

  it('is not approved if it has changed', async () => {
    await anna.page.goto('/book')
    await anna.page.getByRole('link', { name: /Fourth fair/ }).click()
    await anna.page.getByRole('button', { name: 'Extend' }).click()
    await anna.page.getByRole('button', { name: '+ 30 min' }).click()
    await anna.page.locator('.when', { hasText: '10:30' }).waitFor()
    const { page } = admin
    await page.getByRole('button', { name: 'Approve Fourth fair' }).click()
    await page.getByText(/It is now: Fourth fair, .*10:30.*, Waiting/).waitFor()
    await page.locator('.rows').getByText('10:30').waitFor()
    await page.getByRole('link', { name: 'Requests 1' }).waitFor()
    await page.getByRole('button', { name: 'Reject Fourth fair' }).click()
    await page.getByRole('dialog').getByRole('button', { name: 'Cancel', exact: true }).click()
    await page.getByRole('button', { name: 'Approve Fourth fair' }).click()
    await page.getByText('Fourth fair is approved.').waitFor()
    await page.waitForFunction(() => document.activeElement?.tagName === 'H1')
  })

  it('had no errors but the refusal', () => {
    expect(anna.errors).toEqual(['422 POST /api/bookings'])
    expect(admin.errors).toEqual([])
  })
})
