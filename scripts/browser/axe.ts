import axe from 'axe-core'
import type { Page } from 'playwright-core'

// WCAG 2.2, levels A and AA.
const tags = ['wcag2a', 'wcag2aa', 'wcag21a', 'wcag21aa', 'wcag22aa', 'best-practice']

// What the calendar's bookings are excused from. They are <article role="button">: buttons in all
// they do, only not by their element. And a short booking in a long view is narrow, as its width is
// its time; in the list, one click away, all are large (WCAG 2.5.8, "essential", "equivalent").
const excused = new Set(['aria-allowed-role', 'target-size'])

/** What axe finds on a page, as `rule: element`. */
export async function findViolations(page: Page): Promise<string[]> {
  await page.evaluate(axe.source)
  const { violations } = await page.evaluate(
    (values) => window.axe.run(document, { runOnly: { type: 'tag', values } }),
    tags,
  )
  return violations.flatMap(({ id, nodes }) =>
    nodes
      .filter(({ html }) => !excused.has(id) || !html.startsWith('<article class="ec-event'))
      .map(({ html }) => `${id}: ${html}`),
  )
}

declare global {
  interface Window {
    axe: typeof axe
  }
}
