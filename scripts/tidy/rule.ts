export interface Rule {
  /** What holds, as the name of a test. */
  name: string
  /** What to write instead. */
  instead: string
  /**
   * The lines that break it; line 0 when the file as a whole does.
   * @param paths all files of the tree, for rules about what stands beside a file
   */
  find(file: TreeFile, paths: readonly string[]): number[]
  /** Files that break the rule, so that a rule that cannot fail is noticed. */
  refuses: TreeFile[]
  /** Files that look alike and are fine. */
  accepts: TreeFile[]
}

export interface TreeFile {
  /** From the root of the repository, with `/`. */
  path: string
  text: string
}

/** One sentence for each place that breaks a rule: where, which rule, what to write instead. */
export function findFailures(rule: Rule, files: readonly TreeFile[]): string[] {
  const paths = files.map((file) => file.path)
  return files.flatMap((file) =>
    rule.find(file, paths).map((line) => {
      const place = line > 0 ? `${file.path}:${line}` : file.path
      return `${place} breaks "${rule.name}": ${rule.instead}`
    }),
  )
}

/** TypeScript, and the scenarios, which k6 reads as JavaScript. */
export function isCode(path: string): boolean {
  return /\.tsx?$|^load-tests\/.*\.js$/.test(path)
}

/** A test, or what only tests import. */
export function isTest(path: string): boolean {
  return /\.test\.tsx?$|(?:^|\/)testing\/|(?:^|\/)fixture\.ts$/.test(path)
}

/** Files that may act: start things, read the environment, name services. */
export function mayAct(path: string): boolean {
  return path === 'serve.ts' || /^(?:operator|scripts|load-tests)\//.test(path) || isTest(path)
}
