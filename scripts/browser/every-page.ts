import type { Page } from 'playwright-core'
import { busyDay } from './calendar.ts'
import { addThings, type Things } from './things.ts'

type Look = (name: string) => Promise<void>

/** Opens every page of the console in turn, as an administrator, for tests and screenshots. */
export async function openEveryPage(page: Page, look: Look): Promise<void> {
  const seen = async (name: string, path: string) => {
    await openPage(page, path)
    await look(name)
  }
  const things = await addThings(new URL(page.url()).origin)
  await openBookings(page, look, things)
  await seen('books', '/books')
  await seen('book', await hrefOf(page, 'Frankenstein'))
  await seen('courses', '/courses')
  await seen('course', '/courses/CSE115')
  const exercise = await hrefOf(page, 'Sum of two numbers')
  await seen('exercise', exercise)
  await seen('exercise-form', `${exercise}/edit`)
  await seen('new-exercise', '/courses/CSE115/new')
  await seen('regrade', '/courses/CSE115/regrade')
  await seen('files', '/files')
  await seen('people', '/people')
  await seen('person', await hrefOf(page, 'Anna Berg'))
  await seen('groups', '/people/groups')
  await seen('group', await hrefOf(page, 'Drivers'))
  await seen('sign-in-providers', '/people/sign-in')
  await seen('system', '/system')
  await seen('security', '/system/security')
  await seen('mails', '/system/mails')
  await seen('webhooks', '/system/webhooks')
  await seen('notifications', '/notifications')
  await seen('notification-preferences', '/notifications/preferences')
  await openPage(page, '/account')
  await readThrough(page)
  await look('account')
  await seen('my-bookings', '/book')
  await seen('my-new-booking', '/book/new')
  await seen('my-new-series', '/book/series')
  await seen('my-booking', things.booking.replace('/bookings', '/book'))
  await seen('display', things.display)
  await seen('no-page', '/bookings/cars/00000000-0000-7000-8000-000000000000')
}

async function openBookings(page: Page, look: Look, things: Things): Promise<void> {
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
  await seen('waiting', '/bookings/waiting')
  await seen('resources', '/bookings/resources')
  const runway = await hrefOf(page, '09L/27R')
  await page.getByRole('button', { name: 'Add a type' }).click()
  await page.getByRole('button', { name: 'Add a property' }).click()
  await look('type-form')
  await seen('resource', runway)
  await seen('withdrawal', `${runway}/withdrawal?for=good`)
  await seen('requests', '/bookings/requests')
  await seen('day', '/bookings/day')
  await seen('usage', '/bookings/usage?by=resource&period=year')
  await seen('setup', '/bookings/setup')
  await seen('series', '/bookings/series')
  await seen('one-series', things.series)
  await seen('one-booking', things.booking)
  await seen('code', things.code)
  await seen('displays', '/bookings/displays')
  await page.getByRole('button', { name: 'Add display' }).click()
  await page.getByRole('dialog').getByLabel('Blue Skoda').waitFor()
  await look('display-form')
  await seen('rules', '/bookings/rules')
  await seen('rule-form', '/bookings/rules?for=Truck')
}

/** Pages for visitors who are not logged in, or follow a link in a mail. */
export const doors = [
  '/sign-in',
  '/sign-up',
  '/forgot-password',
  '/join#x',
  '/set-password#x',
  '/confirm-address#x',
  '/keep-address#x',
  '/oidc/callback',
]

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

/** Scrolls to the end, as parts of a long page load when they become visible. */
export async function readThrough(page: Page): Promise<void> {
  await page.locator('h1').first().waitFor()
  let isAtEnd = false
  for (let step = 0; step < 100 && !isAtEnd; step++) {
    isAtEnd = await page.evaluate(scrollOn)
    await page.locator('.loading').first().waitFor({ state: 'detached' })
  }
}

/** Runs in the page. @returns whether that was the end, once visible parts were noticed */
async function scrollOn(): Promise<boolean> {
  const nextFrame = () => new Promise(requestAnimationFrame)
  scrollBy({ top: innerHeight / 2, behavior: 'instant' })
  await nextFrame()
  await nextFrame()
  return Math.ceil(scrollY + innerHeight) >= document.documentElement.scrollHeight
}

async function hrefOf(page: Page, name: string): Promise<string> {
  return (await page.getByRole('link', { name, exact: true }).getAttribute('href')) ?? ''
}
