import { user } from '../session/session.ts'
import { hour_ms } from '../../shared/duration.ts'

/** The user's last booking, which they most likely want again. */
interface Usual {
  type: string
  length_ms: number
}

// Stored on this device, per user.
const keyOf = () => `campus.usual.${user.value?.id ?? ''}`
const first: Usual = { type: '', length_ms: hour_ms }

export function readUsual(): Usual {
  try {
    return { ...first, ...(JSON.parse(localStorage.getItem(keyOf()) ?? '{}') as Partial<Usual>) }
  } catch {
    return first
  }
}

export function keepUsual(usual: Usual): void {
  localStorage.setItem(keyOf(), JSON.stringify(usual))
}
