/** Ends a command with a message for its user, not a stack trace. */
export function fail(error: unknown, code = 1): never {
  console.error(error instanceof Error ? error.message : String(error))
  process.exit(code)
}

/**
 * The arguments of a command as parsed by `read`. When it returns nothing or throws, prints the
 * usage and exits with 2.
 */
export function orUsage<T>(usage: string, read: () => T | undefined): T {
  try {
    const command = read()
    if (command !== undefined) return command
  } catch {
    // an unknown option; the usage lists the known ones
  }
  return fail(usage, 2)
}

/** Runs what may fail for a reason the user of the command can fix. */
export function orFail<T>(run: () => T): T {
  try {
    return run()
  } catch (error) {
    return fail(error)
  }
}
