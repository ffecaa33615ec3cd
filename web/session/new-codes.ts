import { signal } from '@preact/signals'

/** Recovery codes that were just made; they are shown this once, wherever one is. */
export const newCodes = signal<readonly string[]>([])
