import { hash } from 'node:crypto'

/**
 * 64 bits of a text, for tags and cursors; no protection against who chooses the text. A page of 12
 * kB takes Bun 3 µs, SHA-256 8. Replicas of a service must agree, so they share a runtime.
 */
export const hashText: (text: string) => bigint =
  typeof Bun === 'undefined'
    ? (text) => BigInt(`0x${hash('sha256', text, 'hex').slice(0, 16)}`)
    : (text) => BigInt(Bun.hash(text))
