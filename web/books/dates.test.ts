import { expect, it, setDefaultTimeout } from 'bun:test'
import { findViolations } from '../../scripts/browser/axe.ts'
import { describeInBrowser } from '../../scripts/browser/describe-in-browser.ts'
import { phone } from '../../scripts/browser/phone.ts'
import { samplePassword, signIn } from '../../scripts/browser/stage.ts'

setDefaultTimeout(90_000)

describeInBrowser('dates on the page of a book', (stage) => {
  it('are as exact as a reader knows them', async () => {
    const { page, errors } = await stage.visit(phone)
    await signIn(page, 'anna', samplePassword)
    await page.goto('/books')
    await page.getByRole('button', { name: 'Add a book' }).click()
    const dialog = page.getByRole('dialog')
    await dialog.getByLabel('Title').fill('Hamlet')
    await dialog.getByLabel('Author').fill('William Shakespeare')
    const released = dialog.getByLabel('Released')
    await released.fill('about 1603')
    const send = dialog.getByRole('button', { name: 'Add a book' })
    await send.click()
    expect(await released.evaluate((it: HTMLInputElement) => it.validity.patternMismatch)).toBe(
      true,
    )
    await released.fill('1603')
    await send.click()
    await page.waitForURL(/\/books\/\d+$/)
    const fact = (name: string) => page.locator('dt', { hasText: name }).locator('+ dd')
    expect(await fact('Released').textContent()).toBe('1603')
    for (const [date, shown] of [
      ['1603-05', 'May 1603'],
      ['1603-05-04', '4 May 1603'],
    ] as const) {
      await page.getByRole('button', { name: 'Edit' }).click()
      await released.fill(date)
      await dialog.getByRole('button', { name: 'Save' }).click()
      await fact('Released').getByText(shown, { exact: true }).waitFor()
    }

    // Now it is read: today, or long ago.
    const shelf = page.getByLabel('Shelf')
    await shelf.selectOption('reading')
    await fact('On my shelf since').waitFor()
    const finished = page.getByLabel('Finished')
    expect(await finished.count()).toBe(0)
    await shelf.selectOption('read')
    await finished.waitFor()
    expect(await finished.inputValue()).toBe(
      new Date().toLocaleDateString('sv', { timeZone: 'Europe/Berlin' }),
    )
    await finished.fill('2019')
    await page.getByRole('button', { name: 'Save' }).click()
    await page.getByText('Saved').waitFor()
    await page.reload()
    await finished.waitFor()
    expect(await finished.inputValue()).toBe('2019')
    expect(await findViolations(page)).toEqual([])
    await shelf.selectOption('')
    await finished.waitFor({ state: 'detached' })
    // Whoever has not rated it.
    expect(errors.filter((error) => !error.endsWith('/mine'))).toEqual([])
  })
})
