import { signal } from '@preact/signals'

/** Counts what was added and removed: each passkey is a second factor, too. */
export const passkeyChanges = signal(0)
