/** Ends a command with a message for whoever gave it, not a stack trace. */
export function fail(error: unknown, code = 1): never {
  console.error(error instanceof Error ? error.message : String(error))
  process.exit(code)
}

/**
 * The words of a command as `read` makes sense of them. Where it makes none, says how the command
 * is used, and ends with 2.
 */
export function orUsage<T>(usage: string, read: () => T | undefined): T {
  try {
    const command = read()
    if (command !== undefined) return command
  } catch {
    // an option it does not know; the usage says which there are
  }
  return fail(usage, 2)
}

/** Runs what may fail for a reason that the one who gave the command can mend. */
export function orFail<T>(run: () => T): T {
  try {
    return run()
  } catch (error) {
    return fail(error)
  }
}
