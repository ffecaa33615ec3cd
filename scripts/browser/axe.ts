import axe from 'axe-core'
import type { Page } from 'playwright-core'

// WCAG 2.2, levels A and AA.
const tags = ['wcag2a', 'wcag2aa', 'wcag21a', 'wcag21aa', 'wcag22aa', 'best-practice']

// A short booking in a long view is narrow, as its width is its duration; in the list, one click
// away, all are large (WCAG 2.5.8, "essential", "equivalent").
const isExcused = (id: string, html: string) =>
  id === 'target-size' && html.startsWith('<button class="event')

/** What axe finds on a page, as `rule: element`. */
export async function findViolations(page: Page): Promise<string[]> {
  await page.evaluate(axe.source)
  const { violations } = await page.evaluate(
    (values) => window.axe.run(document, { runOnly: { type: 'tag', values } }),
    tags,
  )
  return violations.flatMap(({ id, nodes }) =>
    nodes.filter(({ html }) => !isExcused(id, html)).map(({ html }) => `${id}: ${html}`),
  )
}

declare global {
  interface Window {
    axe: typeof axe
  }
}
