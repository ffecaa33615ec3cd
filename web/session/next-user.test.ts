import { expect, it, setDefaultTimeout } from 'bun:test'
import type { Page } from 'playwright-core'
import { describeInBrowser } from '../../scripts/browser/describe-in-browser.ts'
import { logIn } from '../../scripts/browser/requester.ts'
import { samplePassword, signIn } from '../../scripts/browser/stage.ts'
import { toPng } from '../../services/testing/png.ts'

setDefaultTimeout(90_000)

describeInBrowser('a browser that another user takes over', (stage) => {
  it('shows the user who is logged in, whatever arrives late', async () => {
    const { context, page } = await stage.visit()
    await page.goto('/sign-in')
    const late = await context.newPage()
    await late.goto('/sign-in')
    await late.getByLabel('Password').waitFor()
    const { asked, answer } = await holdFirst(late)
    await page.bringToFront()
    await signIn(page, 'anna', samplePassword)
    await asked
    await logOut(page)
    await signIn(page, 'ben', samplePassword)
    await answer()
    await late.getByRole('link', { name: 'Ben' }).waitFor()
    expect(await page.evaluate(() => localStorage.getItem('campus.user'))).toContain('"ben"')
  })

  it('keeps a new login although an old one is refused late', async () => {
    const { context, page } = await stage.visit()
    await page.goto('/sign-in')
    const late = await context.newPage()
    await late.goto('/sign-in')
    await late.getByLabel('Password').waitFor()
    const { asked, answer } = await holdFirst(late, 401)
    await page.bringToFront()
    await signIn(page, 'anna', samplePassword)
    await asked
    await logOut(page)
    await signIn(page, 'ben', samplePassword)
    await answer()
    await late.getByRole('link', { name: 'Ben' }).waitFor()
    expect(await page.evaluate(() => Object.keys(localStorage))).toContain('campus.refresh_token')
  })

  it('sends no photo of the last one from a tab that has not heard of it', async () => {
    const { context, page } = await stage.visit({ serviceWorkers: 'block' })
    await signIn(page, 'anna', samplePassword)
    const anna = await logIn(stage.url, 'anna', samplePassword)
    const from = new Date().toISOString()
    const to = new Date(Date.now() + 3_600_000).toISOString()
    const wish = { items: [{ type: 'Car' }], title: 'Delivery', from, to }
    const booking = (await (await anna('/api/bookings', wish)).json()) as { id: string }
    const frozen = await context.newPage()
    await frozen.addInitScript(() => {
      addEventListener('storage', (event) => event.stopImmediatePropagation(), true)
    })
    await frozen.route('**/api/uploads', (route) => route.abort())
    await frozen.goto(`/book/${booking.id}`)
    await frozen.getByRole('button', { name: 'Pick up' }).click()
    const buffer = Buffer.from(toPng(4, 3))
    const camera = frozen.getByLabel('Take a photo')
    await camera.setInputFiles({ name: 'scratch.png', mimeType: 'image/png', buffer })
    await frozen.getByRole('button', { name: 'Try again' }).waitFor()
    await page.bringToFront()
    await logOut(page)
    await signIn(page, 'ben', samplePassword)
    await frozen.unroute('**/api/uploads')
    const begun: string[] = []
    frozen.on('request', (request) => {
      if (request.url().includes('/api/uploads')) begun.push(request.method())
    })
    const again = frozen.getByRole('button', { name: 'Try again' })
    const tried = await countTries(frozen)
    await frozen.evaluate(() => dispatchEvent(new Event('online')))
    await tried(1)
    await again.waitFor()
    await again.click()
    await tried(2)
    await again.waitFor()
    expect(begun).toEqual([])
  })

  it('shows them in a tab that was asleep, too', async () => {
    const { context, page } = await stage.visit()
    await signIn(page, 'anna', samplePassword)
    const asleep = await context.newPage()
    await asleep.addInitScript(() => {
      addEventListener('storage', (event) => event.stopImmediatePropagation(), true)
    })
    await asleep.goto('/bookings')
    await asleep.getByRole('link', { name: 'Anna' }).waitFor()
    await logOut(page)
    await signIn(page, 'ben', samplePassword)
    await asleep.evaluate(() =>
      dispatchEvent(new PageTransitionEvent('pageshow', { persisted: true })),
    )
    await asleep.getByRole('link', { name: 'Ben' }).waitFor()
    await logOut(page)
    await signIn(page, 'anna', samplePassword)
    await asleep.evaluate(() => document.dispatchEvent(new Event('visibilitychange')))
    await asleep.getByRole('link', { name: 'Anna' }).waitFor()
    await logOut(page)
    await asleep.evaluate(() => document.dispatchEvent(new Event('visibilitychange')))
    await asleep.waitForURL(/\/sign-in/)
  })

  it('neither shows nor sends the files of the last one', async () => {
    const { page } = await stage.visit()
    await signIn(page, 'anna', samplePassword)
    await page.getByRole('link', { name: 'Files' }).click()
    let count = 0
    let answer = () => {}
    const held = new Promise<void>((resolve) => (answer = resolve))
    await page.route('**/api/uploads/*', async (route) => {
      const response = await route.fetch()
      count++
      await held
      await route.fulfill({ response }).catch(() => {})
    })
    const begun: string[] = []
    page.on('request', (request) => {
      const isStart = request.method() === 'POST' && request.url().endsWith('/api/uploads')
      if (isStart) begun.push(request.postData() ?? '')
    })
    const files = Array.from({ length: 5 }, (_, at) => ({
      name: `letter ${at}.bin`,
      mimeType: 'application/octet-stream',
      buffer: Buffer.alloc(300_000, at),
    }))
    await page.locator('input[type=file]').first().setInputFiles(files)
    while (count < 3) await page.waitForTimeout(50)
    await logOut(page)
    const kept = await page.evaluate(() => Object.keys(localStorage))
    expect(kept.filter((key) => key.includes('letter'))).toEqual([])
    await page.getByLabel('Name or email').fill('ben')
    await page.getByLabel('Password').fill(samplePassword)
    await page.getByRole('button', { name: 'Log in', exact: true }).click()
    await page.getByRole('navigation', { name: 'Pages' }).waitFor()
    answer()
    await page.getByRole('link', { name: 'Files' }).click()
    await page.getByRole('heading', { name: 'Files', exact: true }).waitFor()
    // As long as the next part would take.
    await page.waitForTimeout(1000)
    expect(begun).toHaveLength(3)
    expect(await page.getByText('letter').count()).toBe(0)
  })
})

async function logOut(page: Page): Promise<void> {
  await page.getByRole('button', { name: 'Log out' }).click()
  await page.waitForURL(/\/sign-in/)
}

/** Waits until a photo has been tried so often: until then, its button is away. */
async function countTries(page: Page): Promise<(count: number) => Promise<unknown>> {
  await page.evaluate(() => {
    let wasThere = true
    document.body.dataset['tries'] = '0'
    new MutationObserver(() => {
      const buttons = [...document.querySelectorAll('button')]
      const isThere = buttons.some(({ textContent }) => textContent === 'Try again')
      const { dataset } = document.body
      if (wasThere && !isThere) dataset['tries'] = String(Number(dataset['tries']) + 1)
      wasThere = isThere
    }).observe(document.body, { childList: true, subtree: true })
  })
  return (count) => page.locator(`body[data-tries="${count}"]`).waitFor()
}

/** Holds back the first answer about who is logged in. */
async function holdFirst(page: Page, status?: number) {
  let answer = () => {}
  const held = new Promise<void>((resolve) => (answer = resolve))
  const asked = page.waitForRequest('**/api/users/me')
  let count = 0
  await page.route('**/api/users/me', async (route) => {
    if (++count > 1) return route.continue()
    const response = await route.fetch()
    await held
    await route.fulfill({ response, ...(status && { status }) })
  })
  return {
    asked,
    answer: async () => {
      answer()
      // As long as taking it in would take.
      await page.waitForTimeout(1000)
    },
  }
}
