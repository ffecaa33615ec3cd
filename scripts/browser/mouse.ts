import type { Locator, Page } from 'playwright-core'

export interface Point {
  x: number
  y: number
}

export async function drag(page: Page, from: Point, to: Point): Promise<void> {
  await page.mouse.move(from.x, from.y)
  await page.mouse.down()
  await page.mouse.move(to.x, to.y, { steps: 12 })
  await page.mouse.up()
}

/** @throws when it is not visible */
export async function boxOf(found: Locator) {
  await found.waitFor()
  const box = await found.boundingBox()
  if (!box) throw new Error('It is not to be seen.')
  return box
}

export async function middleOf(found: Locator): Promise<Point> {
  const { x, y, width, height } = await boxOf(found)
  return { x: x + width / 2, y: y + height / 2 }
}
