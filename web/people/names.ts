import { signal } from '@preact/signals'
import { api, ask } from '../api.ts'
import { t } from '../i18n.ts'
import { keep, readKept } from '../session/kept.ts'
import { user } from '../session/session.ts'

// The directory's limit. Importing its schema would add all of TypeBox: 12 kB.
const idsMax = 100

/** By id; null: the account was removed. */
type Names = ReadonlyMap<string, string | null>

interface Learned {
  by: string | undefined
  names: Names
}

// The number of names cached for the next page.
const keptMax = 500
// The next user to sign in must not see names cached for the last one.
const learned = signal<Learned>({ by: undefined, names: new Map() })
let before: Learned = learned.value
// Names requested during one render are fetched together, and once.
const settle_ms = 30
let wanted = new Set<string>()
const asked = new Set<string>()

/** What bookings have instead of a removed account's id. */
export const removed = 'removed'
const isId = /^[0-9a-f-]{36}$/

/** The name of a user, empty until it is known; the component then renders again. */
export function nameOf(id: string): string {
  if (id === removed) return t('people.former')
  if (user.value?.id === id) return user.value.display_name
  const name = readNames().get(id)
  if (name === undefined && isId.test(id)) want(id)
  return name === null ? t('people.former') : (name ?? '')
}

/** Caches names that were read. */
export function learnNames(found: Iterable<[id: string, name: string | null]>): void {
  const names = new Map([...readNames(), ...found])
  learned.value = { by: user.value?.id, names }
  keep('names', [...names].slice(-keptMax))
}

function readNames(): Names {
  const by = user.value?.id
  if (learned.value.by === by) return learned.value.names
  // Perhaps on the page before.
  if (before.by !== by) {
    before = { by, names: new Map(readKept<[id: string, name: string | null][]>('names')) }
  }
  return before.names
}

function want(id: string): void {
  if (asked.has(id)) return
  if (wanted.size === 0) setTimeout(() => void load(), settle_ms)
  wanted.add(id)
}

async function load(): Promise<void> {
  const ids = [...wanted]
  wanted = new Set()
  for (const id of ids) asked.add(id)
  for (let at = 0; at < ids.length; at += idsMax) {
    const part = ids.slice(at, at + idsMax)
    const call = ask(api.users.directory.get({ query: { ids: part.join() } }))
    // A page works without names; the next one retries.
    const found = await call.catch(() => undefined)
    if (!found) continue
    const names = new Map<string, string | null>(part.map((id) => [id, '']))
    for (const { id, display_name } of found) names.set(id, display_name)
    learnNames(names)
  }
  for (const id of ids) asked.delete(id)
}
