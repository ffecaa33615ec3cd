/**
 * Bugs that are none: no test can tell them from the code as it is. Few, each with its reason; what
 * only is hard to test does not belong here.
 */
export interface Equivalent {
  path: string
  /** The line as it stands, without indentation. */
  line: string
  change: string
  reason: string
}

export const equivalents: Equivalent[] = []
