/**
 * Equivalent mutants: no test can tell them from the original. Few, each with its reason; mutants
 * that are merely hard to detect do not belong here.
 */
export interface Equivalent {
  path: string
  /** How the line begins, without indentation. */
  line: string
  change: string
  reason: string
}

const known: [path: string, reason: string, ...mutants: [line: string, change: string][]][] = [
  [
    'services/inventory/allocation-list.ts',
    'it bounds what is read; the time people see, and the cursor, decide',
    ['lt(from, window.to),', 'lt(from, window.to) → undefined'],
    ['gt(to, window.from),', 'gt(to, window.from) → undefined'],
    ['const last = after?.[0] ?? NaN', '?? → &&'],
    ['const isInside = last >= window.from', '>= → >'],
    ['const start = sql.param(isInside ?', 'isInside → true'],
    ['const start = sql.param(isInside ?', 'isInside → false'],
    ['AND earlier.from_datetime <= ${start}), ${start})`', '<= → <'],
    ['entry: (isInside ? toTime(start) : entry)', 'isInside → false'],
    ['gte(from, each.entry),', 'gte(from, each.entry) → undefined'],
    ['lt(from, each.until),', 'lt(from, each.until) → undefined'],
  ],
  [
    'services/inventory/allocations.ts',
    'what has no `from` is refused by the next line, or by the catch around the caller',
    [
      "if (typeof value !== 'object' || value === null || !('from' in value)) return false",
      '|| → &&',
    ],
    [
      "if (typeof value !== 'object' || value === null || !('from' in value)) return false",
      "typeof value !== 'object' || value === null || !('from' i… → false",
    ],
  ],
  [
    'services/inventory/touches.ts',
    'the index is entered one booking earlier, and the other conditions leave that one out',
    ['WHERE earlier.resource_number = ${resource}', '<= → <'],
  ],
  [
    'services/inventory/touches.ts',
    'where the index is entered; the other conditions decide',
    ['gte(allocations.from_datetime', 'gte(allocations.from_datetime, entry) → undefined'],
  ],
  [
    'services/inventory/touches.ts',
    'an id names one row; the number is what the index begins with',
    [
      'eq(allocations.resource_number, row.resource_number)',
      'eq(allocations.resource_number, row.resource_number) → undefined',
    ],
  ],
  [
    'services/inventory/waitlist/free-already.ts',
    'time passes: it is never exactly over',
    ['for (const end = performance.now() + patience_ms', '< → <='],
  ],
  [
    'services/inventory/waitlist/free-already.ts',
    'it saves looking at each resource of the type: the view has only that one for the entry',
    ['const isCandidate = resource_number > 0', 'resource_number > 0 → false'],
  ],
  [
    'services/inventory/waitlist/gaps.ts',
    'one that begins at the earliest moment is in the other half as well, with the same end',
    ['WHERE a.resource_number = m.candidate AND a.from_datetime < m.earliest', '< → <='],
  ],
  [
    'services/inventory/waitlist/gaps.ts',
    'what is free after one that begins at the latest moment is too late',
    ['WHERE ${whose} AND a.from_datetime >= m.earliest AND a.from_datetime < m.latest', '< → <='],
  ],
  [
    'services/inventory/waitlist/upkeep.ts',
    'it saves a write that changes nothing',
    ['if (over.length === 0) return', 'over.length === 0 → false'],
  ],
  [
    'services/inventory/waitlist/sight.ts',
    'it saves a scan: where nobody waits, there is nobody to ask about',
    ['if (!someone) return', '!someone → false'],
  ],
  [
    'services/inventory/waitlist/waitlist.ts',
    'time passes: it is never exactly over',
    ['const isOpen = sql`', '> → >='],
    ['WHERE w.closed IS NULL AND w.until >', '> → >='],
  ],
  [
    'services/users/authority.ts',
    'the client leaves out what is undefined',
    ['query: after === undefined', 'after === undefined → false'],
    ['const { data, error } = await client().api.users.removed.get(', 'after → true'],
  ],
  [
    'services/users/logins.ts',
    'of two that are equal either is right',
    ['expires: sql`CASE WHEN ${logins.ends} < ${expires}', '< → <='],
  ],
  [
    'services/files/quota.ts',
    'it saves a query: what just fits needs not be known',
    ['const isKnown = announced > free', '> → >='],
  ],
  [
    'services/files/quota.ts',
    'a zero in the map is the same as none',
    ['if (all > 0) inFlight.set(owner, all)', '> → >='],
  ],
  ['services/files/quota.ts', 'it counts nothing once more', ['if (size > counted) {', '> → >=']],
  [
    'services/courses/judge/budget.ts',
    'it frees memory: who has the whole budget again is as good as forgotten',
    ['wholeAgain.delete(other)', 'wholeAgain.delete(other) → ;'],
  ],
  [
    'services/inventory/candidates.ts',
    'the same numbers, written more often',
    ['const length = numbers.length >', 'numbers.length > nearMax / 16 → true'],
    ['const length = numbers.length >', '> → >='],
    ['const length = numbers.length >', '/ → *'],
  ],
  [
    'services/courses/judge/child.ts',
    'it frees memory a little earlier',
    ['Bun.gc(true)', 'Bun.gc(true) → ;'],
    ['Bun.gc(true)', 'true → false'],
  ],
  [
    'services/courses/judge/child-process.ts',
    'a time that is used up to the last bit: one more look, or none',
    ['for (let left_ms = limits.cpuMax_ms; left_ms > 0;', '> → >='],
    ['if (all_ms <= 0) return readStarvation(total)', '<= → <'],
    ['if (used_ms() < limits.submissionMax_ms / 2)', '< → <='],
  ],
  [
    'packages/store/src/sqlite-bundle.ts',
    'it saves a savepoint: a single row is written or not',
    [
      'return bundle.slots.length === 1 ? run(bundle) : runUnderSavepoint(bundle)',
      'bundle.slots.length === 1 → false',
    ],
  ],
  [
    'packages/store/src/sqlite-marker.ts',
    'it saves three syncs at the start: the same number is written again',
    [
      'if (readIdentity(database) !== identity) database.run(',
      'readIdentity(database) !== identity → true',
    ],
  ],
  [
    'packages/store/src/sqlite-worker.ts',
    'it saves a savepoint: alone, each is as well written or not',
    ["if (name === 'batch') return {", "name === 'batch' → false"],
    ["if (name === 'bundles') return {", "name === 'bundles' → false"],
    ["const response = name === 'write' ?", "name === 'write' → false"],
  ],
  [
    'packages/store/src/postgres-schema.ts',
    'it saves a look at the catalogue, which finds the same',
    ['if (now === snapshot) {', 'now === snapshot → false'],
    ['same = begin', 'same = begin → ;'],
    ['snapshot = changed ? undefined : now', 'snapshot = changed ? undefined : now → ;'],
    ['snapshot = changed ? undefined : now', 'changed → true'],
  ],
  [
    'packages/store/src/postgres-schema.ts',
    'a look takes time: none is 0 ms old',
    ['if (performance.now() - same < age_ms) return', '< → <='],
  ],
  [
    'packages/store/src/postgres-schema.ts',
    'it saves parsing the same query again',
    ['const [row] = await client.unsafe<{ snapshot: string }', 'true → false'],
    ['prepare: true,', 'true → false'],
  ],
  [
    'packages/store/src/postgres-schema.ts',
    'PostgreSQL gives no column the number 0',
    ['FROM own JOIN pg_attribute a ON', '> → >='],
  ],
  [
    'services/inventory/openings/gap-list.ts',
    'it only skips what has no fit: each gap is looked at anyway',
    [
      'place(index, 1, chunk.count === 0 ? [] : [chunk])',
      'place(index, 1, chunk.count === 0 ? [] : [chunk]) → ;',
    ],
    ['place(index, 1, chunk.count === 0 ? [] : [chunk])', 'chunk.count === 0 → false'],
    ['const next = (index: number) => latest.findNext(', '+ → -'],
    ['for (let index = next(0); index !== undefined', '&& → ||'],
    ['for (let at = 0; at < count; at++) {', '< → <='],
    ['for (let at = 0; at < count; at++) latest', '< → <='],
  ],
  [
    'shared/idempotency.ts',
    'it saves building the same statement again',
    ['finders.set(store, find)', 'finders.set(store, find) → ;'],
    ['inserters.set(store, insert)', 'inserters.set(store, insert) → ;'],
  ],
  [
    'services/inventory/openings/calendar-reader.ts',
    'it saves a query that finds nothing',
    ['if (numbers.length === 0) return Promise.resolve([])', 'numbers.length === 0 → false'],
  ],
  [
    'services/inventory/holds.ts',
    'it saves reading it first, which finds the same',
    ['if (ifMatch === undefined) {', 'ifMatch === undefined → false'],
  ],
  [
    'packages/store/src/backup-sqlite.ts',
    'SQLite itself opens it for reading only, where it may not write',
    ['const copy = new Database(file, { readonly: true })', 'true → false'],
  ],
  [
    'services/courses/judge/child.ts',
    'nothing keeps it: it ends by itself',
    ['process.exit(0)', 'process.exit(0) → ;'],
  ],
]

export const equivalents = known.flatMap(([path, reason, ...mutants]) =>
  mutants.map(([line, change]): Equivalent => ({ path, line, change, reason })),
)
