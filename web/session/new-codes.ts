import { signal } from '@preact/signals'

/** New recovery codes, shown only this once. */
export const newCodes = signal<readonly string[]>([])
