import type { Comparison } from './compare.ts'

/** One goal for speed or size, and how it is measured. */
export interface Row {
  /** Names it on the command line. */
  name: string
  what: string
  goal: Goal
  measure: () => Promise<Measurement>
}

export interface Goal {
  bound: 'at least' | 'at most'
  value: number
  unit: '' | '×' | ' MB' | ' ms' | ' µs' | '/s'
}

export interface Measurement {
  /** Undefined: not run, or invalid; the notes say why. */
  value: number | undefined
  notes: string[]
}

/** A row that compares rates: their ratio counts, unless the run is invalid. */
export function toMeasurement({ ratio, rates, faults }: Comparison): Measurement {
  if (faults.length > 0) return { value: undefined, notes: [`invalid: ${faults.join('; ')}`] }
  return { value: ratio, notes: rates }
}

export function notRun(why: string): Measurement {
  return { value: undefined, notes: [`not run: ${why}`] }
}

export function isMet({ bound, value: goal }: Goal, value: number): boolean {
  return bound === 'at least' ? value >= goal : value <= goal
}
