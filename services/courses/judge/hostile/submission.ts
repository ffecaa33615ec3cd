/** Code that means harm, and what is made of it. */
export interface HostileSubmission {
  name: string
  code: string
  /** What the verdict must say, as `status: message`. */
  verdict: RegExp
}

export const timeLimit = /^error: time limit/
export const outOfMemory = /^error: out of memory/
export const outOfStack = /^error: stack overflow/
/** It got nothing for its trouble. */
export const got = (json: string) =>
  new RegExp(`^fail: expected 3, got ${json.replaceAll(/[[\]{}().*+?^$|\\]/g, '\\$&')}$`)
