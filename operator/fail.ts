/** Ends a command with a message for whoever gave it, not a stack trace. */
export function fail(error: unknown, code = 1): never {
  console.error(error instanceof Error ? error.message : String(error))
  process.exit(code)
}

/** Runs what may fail for a reason that the one who gave the command can mend. */
export function orFail<T>(run: () => T): T {
  try {
    return run()
  } catch (error) {
    return fail(error)
  }
}
