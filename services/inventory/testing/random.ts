/** Random numbers that a seed repeats. */
export interface Random {
  /** A whole number from 0 up to, not including, `below`. */
  integer: (below: number) => number
  /** True once in so many times, on average. */
  oneIn: (times: number) => boolean
  /** Undefined for an empty list. */
  pick: <T>(items: readonly T[]) => T | undefined
}

/** Mulberry32 (T. Ettinger, public domain): 32 bits of state, good enough to choose tests. */
export function createRandom(seed: number): Random {
  let state = seed >>> 0
  const integer = (below: number) => {
    state = (state + 0x6d2b79f5) >>> 0
    let mixed = Math.imul(state ^ (state >>> 15), state | 1)
    mixed ^= mixed + Math.imul(mixed ^ (mixed >>> 7), mixed | 61)
    return ((mixed ^ (mixed >>> 14)) >>> 0) % below
  }
  return {
    integer,
    oneIn: (times) => integer(times) === 0,
    pick: (items) => items[integer(Math.max(1, items.length))],
  }
}
