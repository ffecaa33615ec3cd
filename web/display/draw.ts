import type { DisplayedState, DisplayUse, ShownResource } from '../../shared/schemas/display.ts'
import { saySpan, sayTime, type Place } from './times.ts'
import { words } from './words.ts'

// No state is shown by colour alone.
const signs: Record<DisplayedState, string> = { free: '✓', taken: '●', late: '!', out_of_use: '✕' }

/** An element with text or children; empty ones are left out. */
export function element(
  tag: string,
  className: string,
  ...content: (string | Node | undefined)[]
): HTMLElement {
  const made = document.createElement(tag)
  if (className) made.className = className
  made.append(...content.flatMap((it) => it || []))
  return made
}

/** One resource, as large as its space. */
export function drawResource(resource: ShownResource, place: Place): HTMLElement {
  const { name, state, until, now, next } = resource
  const say = words[place.language]
  const sign = element('span', 'sign', signs[state])
  sign.setAttribute('aria-hidden', 'true')
  const isKnown = until !== null && Date.parse(until) > place.now
  return element(
    'article',
    `resource ${state}`,
    element('h2', 'name', name),
    element('p', 'state', sign, say[state]),
    isKnown ? element('p', 'until', say.until(sayTime(until, place))) : undefined,
    now && sayWho(now) ? element('p', 'who', sayWho(now)) : undefined,
    next ? element('p', 'next', say.next(toLine(next, place))) : undefined,
  )
}

function toLine(use: DisplayUse, place: Place): string {
  return [saySpan(use, place), sayWho(use)].filter(Boolean).join(' · ')
}

function sayWho({ title, person }: DisplayUse): string {
  return [title, person].filter(Boolean).join(' · ')
}
