/** Runs part of a request as a span of its own. */
export type Trace = <T>(name: string, run: () => Promise<T>) => Promise<T>

export const untraced: Trace = (_, run) => run()
