import { readStored } from '../stored.ts'
import { answersKey, user } from './session.ts'

// Data that hardly changes: pages opened within this time do not reload it.
const freshFor_ms = 10 * 60_000

/** A response and its user: nobody sees what another user got. */
interface Kept {
  by: string | undefined
  answers: Record<string, { at: number; value: unknown } | undefined>
}

function readAll(): Kept {
  const { by: whose, answers } = readStored<Kept>(answersKey) ?? {}
  const by = user.value?.id
  return { by, answers: (whose === by && answers) || {} }
}

const isFresh = (at: number) => Date.now() - at < freshFor_ms

/** @returns undefined if it is missing or too old */
export function readKept<T>(name: string): T | undefined {
  const { at = 0, value } = readAll().answers[name] ?? {}
  return isFresh(at) ? (value as T) : undefined
}

/** To be called before a change. */
export function forget(name: string): void {
  const { by, answers } = readAll()
  const kept: Kept = { by, answers: { ...answers, [name]: undefined } }
  localStorage.setItem(answersKey, JSON.stringify(kept))
}

/** Stores a response; an extended one keeps the age of its first part. */
export function keep(name: string, value: unknown): void {
  const { by, answers } = readAll()
  const { at: since = 0 } = answers[name] ?? {}
  const at = isFresh(since) ? since : Date.now()
  const kept: Kept = { by, answers: { ...answers, [name]: { at, value } } }
  localStorage.setItem(answersKey, JSON.stringify(kept))
}
