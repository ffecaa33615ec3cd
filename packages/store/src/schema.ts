/** One table, index, trigger, constraint or function, as the database itself words it. */
export interface SchemaObject {
  kind: string
  /** The table it belongs to; empty when it belongs to none. */
  table: string
  name: string
  definition: string
}

/**
 * The differences between a database and what its migrations make, a few words each; empty when
 * they are equal. An operator may add tables and indexes, but nothing that may change the meaning
 * of a write: a trigger, a constraint, or a unique index on our tables.
 */
export function compareSchemas(
  expected: readonly SchemaObject[],
  found: readonly SchemaObject[],
): string[] {
  const [made, there] = [byName(expected), byName(found)]
  const tables = new Set(expected.map(({ table }) => table))
  const wrong = [...made].flatMap(([name, { definition }]) => {
    const other = there.get(name)
    if (!other) return [`${name} is missing`]
    return other.definition === definition ? [] : [`${name} is not as its migration made it`]
  })
  const added = [...there]
    .filter(([name, object]) => !made.has(name) && tables.has(object.table) && isRule(object))
    .map(([name]) => `${name} was added`)
  return [...wrong, ...added]
}

/** Thrown by every write until the schema is repaired; see `storageFault`. */
export function schemaChanged(differences: string[]): Error {
  const message = `The schema was changed by hand: ${differences.join('; ')}`
  return Object.assign(new Error(message), { code: 'SCHEMA_CHANGED' })
}

/**
 * What a schema should be. If a newer version migrates it while this process runs, it is what was
 * found when that was first seen.
 */
export function createExpectation(made: SchemaObject[], files: readonly { name: string }[]) {
  const known = new Set(files.map(({ name }) => name))
  let expected = made
  let newer = ''

  /** @throws `schemaChanged` when it differs */
  function require(found: SchemaObject[], applied: readonly string[]): void {
    const unknown = applied.filter((name) => !known.has(name)).join()
    if (unknown !== newer) [expected, newer] = [found, unknown]
    const differences = compareSchemas(expected, found)
    if (differences.length > 0) throw schemaChanged(differences)
  }

  return { require }
}

function byName(objects: readonly SchemaObject[]): Map<string, SchemaObject> {
  return new Map(objects.map((object) => [`${object.kind} ${object.name}`, object]))
}

function isRule({ kind, definition }: SchemaObject): boolean {
  return ['trigger', 'constraint', 'rule'].includes(kind) || definition.includes('UNIQUE INDEX')
}
