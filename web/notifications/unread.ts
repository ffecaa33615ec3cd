import { signal } from '@preact/signals'

/** How many notifications were not read; undefined until it is known. */
export const unread = signal<number | undefined>(undefined)
