import { beforeAll, expect, it, setDefaultTimeout } from 'bun:test'
import type { Page } from 'playwright-core'
import { findViolations } from '../../scripts/browser/axe.ts'
import { describeInBrowser } from '../../scripts/browser/describe-in-browser.ts'
import { logIn, type Requester } from '../../scripts/browser/requester.ts'
import { samplePassword, signIn } from '../../scripts/browser/stage.ts'
import type { Allocation } from '../../shared/schemas/allocation.ts'

setDefaultTimeout(90_000)

// Clocks go back on 28 October 2035, and forward on 25 March.
const list = '/bookings?view=list&type=Car&date=2035-10-28'

describeInBrowser('a time that is typed', (stage) => {
  let anna: Requester
  beforeAll(async () => {
    anna = await logIn(stage.url, 'anna', samplePassword)
  })

  async function comeIn(timezoneId?: string): Promise<Page> {
    const { page } = await stage.visit({ ...(timezoneId && { timezoneId }) })
    await signIn(page, 'anna', samplePassword)
    return page
  }
  const booked = async (title: string) => {
    const window = 'from=2035-03-01T00:00:00Z&to=2035-11-01T00:00:00Z'
    const all = (await (await anna(`/api/allocations?${window}&mine=true`)).json()) as Allocation[]
    const found = all.filter(({ description }) => description === title)
    return found.map(({ from_datetime, to_datetime }) => [from_datetime, to_datetime])
  }

  it('is the first or the second of an ambiguous time, as chosen', async () => {
    const page = await comeIn()
    await page.goto(list)
    await page.getByRole('button', { name: 'New booking' }).click()
    const form = page.getByRole('dialog')
    await form.getByLabel('From', { exact: true }).fill('2035-10-28T02:30')
    await form.getByRole('button', { name: 'The first (CEST)', pressed: true }).waitFor()
    await form.getByLabel('To', { exact: true }).fill('2035-10-28T02:30')
    const second = form.getByRole('button', { name: 'The second (CET)' })
    await second.last().click()
    await form.getByLabel('What for').fill('The long night')
    expect(await findViolations(page)).toEqual([])
    await form.getByRole('button', { name: 'Book', exact: true }).click()
    await form.waitFor({ state: 'detached' })
    const night = [['2035-10-28T00:30:00.000Z', '2035-10-28T01:30:00.000Z']]
    expect(await booked('The long night')).toEqual(night)

    // It shows the same again, and keeps it when something else is changed.
    await page.getByRole('button', { name: /The long night/ }).click()
    expect(await second.first().getAttribute('aria-pressed')).toBe('false')
    expect(await second.last().getAttribute('aria-pressed')).toBe('true')
    await form.getByLabel('What for').fill('Long night')
    await form.getByRole('button', { name: 'Save' }).click()
    await form.waitFor({ state: 'detached' })
    expect(await booked('Long night')).toEqual(night)
  })

  it('is refused if the clocks skip it', async () => {
    const page = await comeIn()
    await page.goto(list)
    await page.getByRole('button', { name: 'New booking' }).click()
    const form = page.getByRole('dialog')
    const from = form.getByLabel('From', { exact: true })
    await form.getByLabel('What for').fill('The short night')
    await form.getByLabel('To', { exact: true }).fill('2035-03-25T06:00')
    await from.fill('2035-03-25T02:30')
    const why = form.getByRole('alert').getByText('There is no such time on that day')
    await why.waitFor()
    expect(await from.inputValue()).toBe('2035-03-25T02:30')
    await form.getByRole('button', { name: 'Book', exact: true }).click()
    await why.waitFor()
    expect(await booked('The short night')).toEqual([])
    await from.fill('2035-03-25T03:30')
    await why.waitFor({ state: 'detached' })
    await form.getByRole('button', { name: 'Book', exact: true }).click()
    await form.waitFor({ state: 'detached' })
    expect((await booked('The short night'))[0]?.[0]).toBe('2035-03-25T01:30:00.000Z')
  })

  it('stops no calendar with a zone that the browser does not know', async () => {
    const page = await comeIn()
    await page.route(/\/api\/resources\?/, async (route) => {
      const response = await route.fetch()
      const text = (await response.text()).replaceAll(
        /"time_zone":"[^"]+"/g,
        '"time_zone":"Mars/X"',
      )
      await route.fulfill({ response, body: text })
    })
    await page.goto('/bookings?type=Car')
    await page.getByRole('row').filter({ hasText: 'Blue Skoda' }).waitFor()
  })

  it('is the same on a phone, and with a change of half an hour', async () => {
    // On Lord Howe Island it is 1 April.
    const page = await comeIn('Australia/Lord_Howe')
    await page.goto('/book/new?from=2035-04-01T00:00&to=2035-04-01T04:00')
    await page.getByLabel('From').fill('2035-04-01T01:45')
    await page.getByRole('button', { name: /^The second/ }).click()
    await page.waitForURL(/from=2035-04-01T01%3A45%2B10%3A30/)
    expect(await page.getByLabel('From').inputValue()).toBe('2035-04-01T01:45')
    await page.getByLabel('Until').fill('2035-10-07T02:15')
    await page.getByRole('alert').getByText('There is no such time').waitFor()
  })
})
