import { signal } from '@preact/signals'

/** The number of unread notifications; undefined until it is known. */
export const unread = signal<number | undefined>(undefined)
