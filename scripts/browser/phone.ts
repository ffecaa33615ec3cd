import type { Page } from 'playwright-core'
import { samplePassword } from './stage.ts'

/** A visitor's phone. */
export const phone = { viewport: { width: 390, height: 844 }, hasTouch: true, isMobile: true }

/** Opens the app for phones through the sign-in page. */
export async function comeIn(page: Page, name: string): Promise<void> {
  await page.goto('/book')
  await page.waitForURL(/\/sign-in\?to=/)
  await page.getByLabel('Name or email').fill(name)
  await page.getByLabel('Password').fill(samplePassword)
  await page.getByRole('button', { name: 'Log in', exact: true }).click()
  await page.waitForURL((url) => url.pathname === '/book')
}
