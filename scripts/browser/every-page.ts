import type { Page } from 'playwright-core'
import { busyDay } from './calendar.ts'

/** Opens every page of the console in turn, as an administrator, for tests and screenshots. */
export async function openEveryPage(
  page: Page,
  look: (name: string) => Promise<void>,
): Promise<void> {
  const seen = async (name: string, path: string) => {
    await openPage(page, path)
    await look(name)
  }
  const day = busyDay.toISOString().slice(0, 10)
  await seen('bookings-week', `/bookings?view=week&date=${day}`)
  await seen('bookings-day', `/bookings?view=day&date=${day}`)
  await seen('bookings-free-day', '/bookings?view=day&date=2030-01-01')
  await seen('bookings-list', '/bookings?view=list')
  await page.getByRole('button', { name: 'New booking' }).click()
  await page.getByRole('dialog').waitFor()
  await look('booking-form')
  await seen('find', '/bookings/find?type=Car')
  await seen('resources', '/bookings/resources')
  const runway = await hrefOf(page, '09L/27R')
  await page.getByRole('button', { name: 'Add a type' }).click()
  await page.getByRole('button', { name: 'Add a property' }).click()
  await look('type-form')
  await seen('resource', runway)
  await seen('requests', '/bookings/requests')
  await seen('day', '/bookings/day')
  await seen('usage', '/bookings/usage?by=resource&period=year')
  await seen('setup', '/bookings/setup')
  await seen('series', '/bookings/series')
  await seen('displays', '/bookings/displays')
  await seen('rules', '/bookings/rules')
  await seen('rule-form', '/bookings/rules?for=Truck')
  await seen('books', '/books')
  await seen('book', await hrefOf(page, 'Frankenstein'))
  await seen('courses', '/courses')
  await seen('course', '/courses/CSE115')
  const exercise = await hrefOf(page, 'Sum of two numbers')
  await seen('exercise', exercise)
  await seen('exercise-form', `${exercise}/edit`)
  await seen('files', '/files')
  await seen('people', '/people')
  await seen('person', await hrefOf(page, 'Anna Berg'))
  await openPage(page, '/people/groups')
  if ((await page.getByRole('link', { name: 'Drivers' }).count()) === 0) {
    await page.getByRole('button', { name: 'Add group' }).click()
    await page.getByLabel('Name', { exact: true }).fill('Drivers')
    await page.getByRole('button', { name: 'Save' }).click()
    await page.getByRole('heading', { name: 'Drivers' }).waitFor()
    await page.getByLabel('Add somebody').fill('anna')
    await page.getByRole('button', { name: 'Anna Berg' }).click()
    await page.getByRole('button', { name: 'Remove Anna Berg' }).waitFor()
  }
  await seen('groups', '/people/groups')
  await seen('group', await hrefOf(page, 'Drivers'))
  await seen('sign-in-providers', '/people/sign-in')
  await seen('system', '/system')
  await seen('security', '/system/security')
  await seen('mails', '/system/mails')
  await seen('webhooks', '/system/webhooks')
  await seen('notifications', '/notifications')
  await seen('notification-preferences', '/notifications/preferences')
  await seen('account', '/account')
  await seen('no-page', '/bookings/cars/00000000-0000-7000-8000-000000000000')
}

/** Opens a page and waits until it has loaded completely. */
export async function openPage(page: Page, path: string): Promise<void> {
  await page.goto(path)
  await page.locator('h1').first().waitFor()
  await page.locator('.loading').first().waitFor({ state: 'detached' })
  // Wait for transitions: colours in between would fail the contrast check.
  await page.evaluate(() =>
    Promise.allSettled(document.getAnimations().map(({ finished }) => finished)),
  )
}

async function hrefOf(page: Page, name: string): Promise<string> {
  return (await page.getByRole('link', { name, exact: true }).getAttribute('href')) ?? ''
}
