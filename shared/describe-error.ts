/** What a log line says of an error: its name, message, stack and chain of causes. */
export function describeError(error: unknown): Record<string, unknown> {
  if (!(error instanceof Error)) return { error: String(error) }
  const cause = error.cause === undefined ? {} : { cause: describeError(error.cause) }
  // drizzle tells the values of a statement as well: addresses, names, what somebody wrote.
  const [message = ''] = error.message.split('\nparams: ', 1)
  const stack = error.stack?.replace(error.message, () => message)
  return { error: `${error.name}: ${message}`, stack, ...cause }
}
