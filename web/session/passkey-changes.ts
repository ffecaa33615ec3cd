import { signal } from '@preact/signals'

/** Counts added and removed passkeys, as each is also a second factor. */
export const passkeyChanges = signal(0)
