import { readStored } from '../stored.ts'
import { toldKey, user } from './session.ts'

// Data that hardly changes: pages opened within this time do not reload it.
const freshFor_ms = 10 * 60_000

/** A response and its user: nobody sees what another user got. */
interface Told {
  by: string | undefined
  answers: Record<string, { at: number; value: unknown } | undefined>
}

function readTold(): Told {
  const { by: whose, answers } = readStored<Told>(toldKey) ?? {}
  const by = user.value?.id
  return { by, answers: (whose === by && answers) || {} }
}

const isFresh = (at: number) => Date.now() - at < freshFor_ms

/** @returns undefined if it is missing or too old */
export function readKept<T>(name: string): T | undefined {
  const { at = 0, value } = readTold().answers[name] ?? {}
  return isFresh(at) ? (value as T) : undefined
}

/** To be called before a change. */
export function forget(name: string): void {
  const { by, answers } = readTold()
  const told: Told = { by, answers: { ...answers, [name]: undefined } }
  localStorage.setItem(toldKey, JSON.stringify(told))
}

/** Stores a response; an extended one keeps the age of its first part. */
export function keep(name: string, value: unknown): void {
  const { by, answers } = readTold()
  const { at: since = 0 } = answers[name] ?? {}
  const at = isFresh(since) ? since : Date.now()
  const told: Told = { by, answers: { ...answers, [name]: { at, value } } }
  localStorage.setItem(toldKey, JSON.stringify(told))
}
