import type { ShownResource } from '../../shared/schemas/display.ts'
import { drawResource, element } from './draw.ts'
import { countFree, drawFleet } from './fleet.ts'
import { createPoll, type Known } from './poll.ts'
import { sayTime, type Place } from './times.ts'
import { chooseLanguage, words } from './words.ts'

const pollEvery_ms = 15_000
// Until then a response or three may be missed.
const fresh_ms = 60_000
const pageFor_ms = 10_000
// A page that hangs on a wall for months picks up new versions.
const reloadAfter_ms = 24 * 60 * 60_000

const known: Known = { shown: undefined, answered: undefined, isGone: false, ahead_ms: 0 }
const started = Date.now()
const root = document.getElementById('display') as HTMLElement

const ask = createPoll(known, () => {
  const isOld = Date.now() - started > reloadAfter_ms
  if (isOld && known.answered !== undefined && !isStale()) location.reload()
  else draw()
})

function isStale(): boolean {
  return Date.now() - (known.answered ?? started) >= fresh_ms
}

let drawn = ''

/** Renders the known state if it has changed. */
function draw(): void {
  const { shown, isGone, ahead_ms } = known
  const language = chooseLanguage(shown?.language)
  const place: Place = { language, timeZone: shown?.time_zone ?? null, now: Date.now() + ahead_ms }
  const clock = sayTime(place.now, place)
  const turn = Math.floor(Date.now() / pageFor_ms)
  const key = JSON.stringify([shown, isGone, isStale(), clock, turn, innerWidth, innerHeight])
  if (key === drawn) return
  drawn = key
  document.documentElement.lang = language
  document.title = shown?.name ?? 'Campus'
  document.body.classList.toggle('stale', isStale())
  const title = element('h1', '', document.title)
  const header = element('header', '', title, element('p', 'count'), element('time', '', clock))
  root.replaceChildren(header, element('p', 'notice', sayNotice(place)))
  if (shown) drawShown(shown.resources, { place, turn })
}

function sayNotice(place: Place): string | undefined {
  const { shown, answered, isGone, ahead_ms } = known
  const say = words[place.language]
  if (isGone) return say.gone
  if (!isStale()) return shown ? undefined : say.connecting
  return answered === undefined ? say.never : say.stale(sayTime(answered + ahead_ms, place))
}

interface Turn {
  place: Place
  /** The current page, counted up forever. */
  turn: number
}

function drawShown(resources: readonly ShownResource[], { place, turn }: Turn): void {
  const say = words[place.language]
  const [first, ...others] = resources
  if (!first) return root.append(element('p', 'notice', say.none))
  if (others.length === 0) {
    root.classList.add('single')
    return root.append(drawResource(first, place))
  }
  root.classList.remove('single')
  const room = element('section', 'fleet')
  root.append(room)
  const space = room.getBoundingClientRect()
  const { list, pages } = drawFleet(resources, { place, turn, space })
  room.replaceWith(list)
  const page = pages > 1 ? say.page((turn % pages) + 1, pages) : ''
  const more = known.shown?.more ? say.more : ''
  const count = [countFree(resources, place), page, more].filter(Boolean).join(' · ')
  root.querySelector('.count')?.append(count)
}

/** Screens that nobody touches would otherwise go dark. */
async function stayAwake(): Promise<void> {
  if (document.visibilityState === 'visible') await navigator.wakeLock?.request('screen')
}

document.addEventListener('visibilitychange', () => {
  void ask()
  stayAwake().catch(() => {})
})
addEventListener('online', () => void ask())
addEventListener('resize', draw)
setInterval(draw, 1000)
setInterval(() => void ask(), pollEvery_ms)
void ask()
stayAwake().catch(() => {})
draw()
