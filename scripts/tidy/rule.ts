export interface Rule {
  /** The rule, as the name of a test. */
  name: string
  /** What to write instead. */
  instead: string
  /**
   * The lines that break it; line 0 when the file as a whole does.
   * @param paths all files of the tree, for rules about neighbouring files
   */
  find(file: TreeFile, paths: readonly string[]): number[]
  /** Files that break the rule, to prove that it can fail. */
  refuses: TreeFile[]
  /** Similar files that comply. */
  accepts: TreeFile[]
}

export interface TreeFile {
  /** From the root of the repository, with `/`. */
  path: string
  text: string
}

/** One sentence per violation: where, which rule, what to write instead. */
export function findFailures(rule: Rule, files: readonly TreeFile[]): string[] {
  const paths = files.map((file) => file.path)
  return files.flatMap((file) =>
    rule.find(file, paths).map((line) => {
      const place = line > 0 ? `${file.path}:${line}` : file.path
      return `${place} breaks "${rule.name}": ${rule.instead}`
    }),
  )
}

/** TypeScript, and the k6 scenarios in JavaScript. */
export function isCode(path: string): boolean {
  return /\.tsx?$|^load-tests\/.*\.js$/.test(path)
}

/** A test, or what only tests import. */
export function isTest(path: string): boolean {
  return /\.test\.tsx?$|(?:^|\/)testing\/|(?:^|\/)fixture\.ts$/.test(path)
}

/** Files that may have effects: start things, read the environment, name services. */
export function mayAct(path: string): boolean {
  return /^(?:(?:serve|deno)\.ts$|(?:operator|scripts|load-tests)\/)/.test(path) || isTest(path)
}
