import { toldKey, user } from './session.ts'

// What hardly changes: a page that opens within this time need not ask for it again.
const freshFor_ms = 10 * 60_000

/** What the server told, and whom: nobody is shown what another was told. */
interface Told {
  by: string | undefined
  answers: Record<string, { at: number; value: unknown } | undefined>
}

function readTold(): Told {
  const kept = JSON.parse(localStorage.getItem(toldKey) ?? 'null') as Told | null
  const by = user.value?.id
  return kept?.by === by && kept ? kept : { by, answers: {} }
}

const isFresh = (at: number) => Date.now() - at < freshFor_ms

/** @returns undefined when it was not told, or too long ago */
export function readKept<T>(name: string): T | undefined {
  const { at = 0, value } = readTold().answers[name] ?? {}
  return isFresh(at) ? (value as T) : undefined
}

/** For what is about to change. */
export function forget(name: string): void {
  const { by, answers } = readTold()
  const told: Told = { by, answers: { ...answers, [name]: undefined } }
  localStorage.setItem(toldKey, JSON.stringify(told))
}

/** Keeps an answer; what grows is as old as the first of it. */
export function keep(name: string, value: unknown): void {
  const { by, answers } = readTold()
  const { at: since = 0 } = answers[name] ?? {}
  const at = isFresh(since) ? since : Date.now()
  const told: Told = { by, answers: { ...answers, [name]: { at, value } } }
  localStorage.setItem(toldKey, JSON.stringify(told))
}
