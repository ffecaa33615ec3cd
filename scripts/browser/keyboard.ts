import type { Page } from 'playwright-core'

// More than any page has.
const stopsMax = 120

interface Way {
  /** Backwards, by Shift+Tab. */
  back?: boolean
  /** The most presses: what is next is near. */
  within?: number
}

/** Moves the focus by Tab to what has that name. @throws with the names it passed */
export async function tabTo(page: Page, name: string | RegExp, way: Way = {}): Promise<void> {
  const { back = false, within = stopsMax } = way
  const passed: string[] = []
  while (passed.length < within) {
    await page.keyboard.press(back ? 'Shift+Tab' : 'Tab')
    const at = await nameFocused(page)
    if (typeof name === 'string' ? bare(at) === bare(name) : name.test(at)) return
    passed.push(at)
  }
  throw new Error(`Tab does not reach ${name}, but ${passed.join(' | ')}`)
}

/** Moves the focus to it and presses Enter. */
export async function enter(page: Page, name: string | RegExp, way?: Way): Promise<void> {
  await tabTo(page, name, way)
  await page.keyboard.press('Enter')
}

/** Types into a field, over what is there; of a list, the beginning of a choice. */
export async function typeInto(
  page: Page,
  [name, text]: readonly [name: string, text: string],
  way?: Way,
): Promise<void> {
  await tabTo(page, name, way)
  await page.keyboard.type(text)
}

/** Chooses a file where a key opens the choice. */
export async function chooseFile(page: Page, name: string, file: string): Promise<void> {
  // Begun first: the browser is told to pass the choice on, which takes a moment.
  const asked = page.waitForEvent('filechooser')
  const [chooser] = await Promise.all([asked, enter(page, name)])
  await chooser.setFiles(file)
}

/** Logs in on the page that asks for it. */
export async function logInByKeyboard(page: Page, name: string, password: string): Promise<void> {
  // The first field has the focus by itself.
  await page.waitForFunction(() => document.activeElement instanceof HTMLInputElement)
  await page.keyboard.type(name)
  await typeInto(page, ['Password', password], { within: 1 })
  await page.keyboard.press('Enter')
}

/** The name of what has the focus; empty: nothing. */
export function nameFocused(page: Page): Promise<string> {
  return page.evaluate(() => {
    const element = document.activeElement
    if (!element || element === document.body) return ''
    const label = element instanceof HTMLInputElement ? element.labels?.[0] : undefined
    const [other] = (element as HTMLSelectElement | HTMLTextAreaElement).labels ?? []
    const text = element.ariaLabel ?? (label ?? other ?? element).textContent
    return text.replaceAll(/\s+/g, ' ').trim()
  })
}

// Hidden parts of a name are not separated in the text.
const bare = (name: string) => name.replaceAll(' ', '')
