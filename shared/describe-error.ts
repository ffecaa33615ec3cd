/** Describes an error for the log: name, message, stack and causes. */
export function describeError(error: unknown): Record<string, unknown> {
  if (!(error instanceof Error)) return { error: String(error) }
  const cause = error.cause === undefined ? {} : { cause: describeError(error.cause) }
  // drizzle's message includes the values of the statement: addresses, names, what users wrote.
  const [message = ''] = error.message.split('\nparams: ', 1)
  const stack = error.stack?.replace(error.message, () => message)
  return { error: `${error.name}: ${message}`, stack, ...cause }
}
