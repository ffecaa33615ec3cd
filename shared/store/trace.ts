/** Runs a part of what is being done as a span of its own. */
export type Trace = <T>(name: string, run: () => Promise<T>) => Promise<T>

export const untraced: Trace = (_, run) => run()
