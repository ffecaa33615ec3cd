import type { ShownResource } from '../../shared/schemas/display.ts'
import { drawResource, element } from './draw.ts'
import type { Place } from './times.ts'
import { words } from './words.ts'

// Readable from three metres, as fractions of the shorter side of the screen.
const cardWidth = 0.46
const cardHeight = 0.235

/** How many fit in rows and columns. */
export function fit(width: number, height: number): { columns: number; rows: number } {
  const short = Math.min(innerWidth, innerHeight)
  return {
    columns: Math.max(1, Math.floor(width / (short * cardWidth))),
    rows: Math.max(1, Math.floor(height / (short * cardHeight))),
  }
}

/** One of many pages. @param turn counts up forever */
export function drawFleet(
  resources: readonly ShownResource[],
  { place, turn, space }: { place: Place; turn: number; space: DOMRect },
): { list: HTMLElement; pages: number } {
  const { columns, rows } = fit(space.width, space.height)
  const pages = Math.ceil(resources.length / (columns * rows))
  // Pages are alike: none is left with a single one.
  const onPage = Math.ceil(resources.length / pages)
  const first = (turn % pages) * onPage
  const list = element(
    'section',
    'fleet',
    ...sort(resources, place)
      .slice(first, first + onPage)
      .map((it) => drawResource(it, place)),
  )
  list.style.gridTemplateColumns = `repeat(${columns}, minmax(0, 1fr))`
  list.style.gridTemplateRows = `repeat(${Math.ceil(onPage / columns)}, minmax(0, 1fr))`
  return { list, pages }
}

/** Van 2 comes before van 10. */
function sort(resources: readonly ShownResource[], { language }: Place): ShownResource[] {
  const { compare } = new Intl.Collator(language, { numeric: true })
  return resources.toSorted((a, b) => compare(a.name, b.name))
}

export function countFree(resources: readonly ShownResource[], { language }: Place): string {
  const free = resources.filter(({ state }) => state === 'free').length
  return words[language].count(free, resources.length)
}
