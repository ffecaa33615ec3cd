import { beforeAll, expect, it, setDefaultTimeout } from 'bun:test'
import type { Page } from 'playwright-core'
import { describeInBrowser } from '../scripts/browser/describe-in-browser.ts'
import { samplePassword, signIn } from '../scripts/browser/stage.ts'

setDefaultTimeout(90_000)

const schemes = ['light', 'dark'] as const

describeInBrowser('the theme', (stage) => {
  let page: Page
  beforeAll(async () => {
    page = (await stage.visit({ reducedMotion: 'reduce' })).page
    await signIn(page, 'anna', samplePassword)
    await page.goto('/account')
    await page.getByLabel('Appearance').waitFor()
  })

  /** The colours of the text and of a card. */
  const readColours = () =>
    page.evaluate(() => {
      const card = document.querySelector('.card') ?? document.body
      return [getComputedStyle(document.body).color, getComputedStyle(card).backgroundColor]
    })
  const choose = (theme: string) => page.getByLabel('Appearance').selectOption(theme)

  it('is the chosen one, whatever the system prefers', async () => {
    const seen: Record<string, string[]> = {}
    for (const colorScheme of schemes) {
      await page.emulateMedia({ colorScheme })
      seen[colorScheme] = await readColours()
    }
    expect(seen['dark']).not.toEqual(seen['light'])
    for (const colorScheme of schemes) {
      await page.emulateMedia({ colorScheme })
      for (const theme of schemes) {
        await choose(theme)
        expect([colorScheme, theme, await readColours()]).toEqual([
          colorScheme,
          theme,
          seen[theme] ?? [],
        ])
      }
    }
    await choose('system')
    expect(await readColours()).toEqual(seen['dark'] ?? [])
  })

  it('is light on paper', async () => {
    await choose('light')
    const light = await readColours()
    for (const theme of ['system', 'dark']) {
      await page.emulateMedia({ media: null, colorScheme: 'dark' })
      await choose(theme)
      await page.emulateMedia({ media: 'print', colorScheme: 'dark' })
      expect([theme, await readColours()]).toEqual([theme, light])
    }
  })
})
