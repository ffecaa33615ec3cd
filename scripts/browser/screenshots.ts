/** Takes the screenshots in docs/screenshots with sample data: light, dark, and 360 px. */
import { mkdir, rm } from 'node:fs/promises'
import { join } from 'node:path'
import { fillCalendar } from './calendar.ts'
import { openEveryPage } from './every-page.ts'
import { comeIn, phone } from './phone.ts'
import { adminPassword, openStage, signIn } from './stage.ts'

const folder = join(import.meta.dir, '../../docs', 'screenshots')
const looks = {
  light: { colorScheme: 'light' },
  dark: { colorScheme: 'dark' },
  phone: { colorScheme: 'light', viewport: { width: 360, height: 740 } },
} as const
// Representative pages; all of them would enlarge every clone.
const shown = new Set(
  'bookings-day booking-form bookings-list resource books book exercise files system'.split(' '),
)

const stage = await openStage()
await fillCalendar(stage.url)
await rm(folder, { recursive: true, force: true })
await mkdir(folder, { recursive: true })
for (const [look, options] of Object.entries(looks)) {
  const { page } = await stage.visit(options)
  await signIn(page, 'admin', adminPassword)
  await openEveryPage(page, async (name) => {
    if (!shown.has(name)) return
    // A chart needs two samples.
    if (name === 'system') await page.waitForTimeout(15_000)
    await page.screenshot({ path: join(folder, `${name}-${look}.png`) })
  })
}
const { page } = await stage.visit(phone)
await comeIn(page, 'anna')
await page.locator('.next').waitFor()
await page.screenshot({ path: join(folder, 'my-bookings-phone.png') })
await page.getByRole('link', { name: 'Book', exact: true }).tap()
await page.getByRole('button', { name: 'What is free?' }).tap()
await page.locator('.rows').waitFor()
await page.screenshot({ path: join(folder, 'what-is-free-phone.png') })
await stage.close()
console.log(`Written to ${folder}`)
