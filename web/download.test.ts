import { expect, setDefaultTimeout, it } from 'bun:test'
import { describeInBrowser } from '../scripts/browser/describe-in-browser.ts'
import { samplePassword, signIn } from '../scripts/browser/stage.ts'

setDefaultTimeout(90_000)

describeInBrowser('a download', (stage) => {
  it('can be read for a minute after the click, by browsers that are slow to begin', async () => {
    const { page } = await stage.visit()
    await page.addInitScript(() => {
      const given: string[] = []
      const revoke = URL.revokeObjectURL.bind(URL)
      Object.assign(window, { given })
      URL.revokeObjectURL = (url) => {
        given.push(url)
        revoke(url)
      }
    })
    await page.clock.install()
    await signIn(page, 'anna', samplePassword)
    await page.goto('/books')
    const revoked = () => page.evaluate(() => (window as unknown as { given: string[] }).given)
    const [download] = await Promise.all([
      page.waitForEvent('download'),
      page.getByRole('button', { name: 'Export' }).click(),
    ])
    expect(await Bun.file(await download.path()).text()).toStartWith('Book Id,')
    expect(await revoked()).toEqual([])
    await page.clock.fastForward(61_000)
    expect(await revoked()).toEqual([download.url()])
  })
})
