import { beforeAll, expect, it, setDefaultTimeout } from 'bun:test'
import { findViolations } from '../../scripts/browser/axe.ts'
import { describeInBrowser } from '../../scripts/browser/describe-in-browser.ts'
import { adminPassword, samplePassword, signIn, type Visitor } from '../../scripts/browser/stage.ts'
import { addDays, toInputDate } from '../time.ts'

setDefaultTimeout(90_000)

describeInBrowser('the rules', (stage) => {
  let admin: Visitor
  beforeAll(async () => {
    admin = await stage.visit()
  })

  it('are described in words', async () => {
    const { page } = admin
    await signIn(page, 'admin', adminPassword)
    await page.goto('/bookings')
    await page.getByRole('link', { name: 'Rules' }).click()
    const trucks = page.locator('.card', { hasText: 'Trucks' })
    await trucks.getByText('For at most 7 days.').waitFor()
    await trucks.getByText('Longer than 1 day, it has to be approved.').waitFor()
    await trucks.getByText('A person may have at most 60 hours a week.').waitFor()
    await page.locator('.card', { hasText: 'Cars' }).getByText('No rules of its own.').waitFor()
  })

  it('begin with a preset, are tried on a booking, and apply once set', async () => {
    const { page } = admin
    await page.getByRole('link', { name: 'Set rules Cars' }).click()
    await page.getByRole('button', { name: /^Office hours/ }).click()
    const words = page.locator('.card', { hasText: 'In words' })
    // By the clocks of who writes them: the server is in UTC.
    await words.getByText('Open Mon–Fri 08:00–18:00 (Europe/Berlin).').waitFor()
    await page.getByLabel('Time zone').selectOption('Asia/Tokyo')
    await words.getByText('Open Mon–Fri 08:00–18:00 (Asia/Tokyo).').waitFor()
    await page.getByLabel('Time zone').selectOption('Europe/Berlin')
    // A Sunday.
    const trial = page.locator('.card', { hasText: 'Try a booking' })
    await trial.getByLabel('From').fill(nextSunday('09:00'))
    await trial.getByLabel('To', { exact: true }).fill(nextSunday('11:00'))
    await trial.getByRole('button', { name: 'Try' }).click()
    await trial.getByText('It would be refused.').waitFor()
    await trial.getByText('It is open for only part of that time.').waitFor()
    await trial.getByText('Hours on the first day: none (Europe/Berlin).').waitFor()
    await trial.getByRole('button', { name: /^Nearest/ }).click()
    await trial.getByRole('button', { name: 'Try' }).click()
    await trial.getByText('It would be booked.').waitFor()

    await page.getByLabel('Has to be approved').selectOption('always')
    await words.getByText('Each booking has to be approved.').waitFor()
    await trial.getByRole('button', { name: 'Try' }).click()
    await trial.getByText('It would wait for approval.').waitFor()
    expect(await findViolations(page)).toEqual([])
    await page.getByRole('button', { name: 'Put these rules in force' }).click()
    await page.getByText('The rules of Cars are in force.').waitFor()

    const { page: phone, errors } = await stage.visit()
    await signIn(phone, 'anna', samplePassword)
    const when = new URLSearchParams({ from: nextSunday('09:00'), to: nextSunday('11:00') })
    await phone.goto(`/book/new?step=what&type=Car&${when}`)
    await phone.getByRole('alert').getByText('It is open for only part of that time.').waitFor()
    await phone.evaluate(() => localStorage.setItem('campus.language', 'de'))
    await phone.reload()
    await phone.getByText('Außerhalb der Öffnungszeiten: – (Europe/Berlin)').waitFor()
    expect(errors).toEqual(['422 POST /api/bookings', '422 POST /api/bookings'])
  })

  it('are refused if contradictory, with the field', async () => {
    const { page } = admin
    await page.getByRole('link', { name: 'Edit Cars' }).click()
    const closed = page.getByLabel(/^Closed on/)
    await closed.fill('25.12.2027')
    await page.getByText('Closed on 25 Dec 2027').waitFor()
    await closed.fill('2027-02-30')
    await page.getByText('There is no day 2027-02-30. Write 2027-12-25.').waitFor()
    await closed.fill('')
    await page.getByLabel('At least', { exact: true }).fill('2000')
    await page.getByRole('button', { name: 'Put these rules in force' }).click()
    await page
      .getByRole('alert')
      .getByText(/^maximum duration: It must not be less than minimum_duration/)
      .waitFor()
    admin.errors.length = 0
  })

  it('are withdrawn, after a confirmation', async () => {
    const { page } = admin
    await page.getByRole('button', { name: 'Withdraw rules' }).click()
    await page.getByRole('dialog').getByRole('button', { name: 'Withdraw rules' }).click()
    await page.getByText('The rules of Cars no longer count.').waitFor()
    await page.locator('.card', { hasText: 'Cars' }).getByText('No rules of its own.').waitFor()
    expect(admin.errors).toEqual([])
  })
})

function nextSunday(time: string): string {
  const today = new Date()
  return `${toInputDate(addDays(today, 7 + ((7 - today.getDay()) % 7)))}T${time}`
}
