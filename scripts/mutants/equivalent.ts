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

const bookingsPosition = {
  path: 'services/inventory/allocations.ts',
  line: "if (typeof value !== 'object' || value === null || !('from' in value)) return false",
  reason: 'what has no `from` is refused by the next line, or by the catch around the caller',
}

const boundsOfReading = {
  path: 'services/inventory/allocation-list.ts',
  reason: 'it bounds what is read; the time people see, and the cursor, decide',
}

export const equivalents: Equivalent[] = [
  ...[
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
  ].map(([line = '', change = '']) => ({ ...boundsOfReading, line, change })),
  { ...bookingsPosition, change: '|| → &&' },
  {
    ...bookingsPosition,
    change: "typeof value !== 'object' || value === null || !('from' i… → false",
  },
  {
    path: 'services/inventory/touches.ts',
    line: 'WHERE earlier.resource_number = ${resource}',
    change: '<= → <',
    reason: 'the index is entered one booking earlier, and the other conditions leave that one out',
  },
  {
    path: 'services/inventory/touches.ts',
    line: 'gte(allocations.from_datetime, entry)',
    change: 'gte(allocations.from_datetime, entry) → undefined',
    reason: 'where the index is entered; the other conditions decide',
  },
  {
    path: 'services/inventory/touches.ts',
    line: 'eq(allocations.resource_number, row.resource_number)',
    change: 'eq(allocations.resource_number, row.resource_number) → undefined',
    reason: 'an id names one row; the number is what the index begins with',
  },
  {
    path: 'services/inventory/waitlist/free-already.ts',
    line: 'for (const end = performance.now() + patience_ms',
    change: '< → <=',
    reason: 'time passes: it is never exactly over',
  },
  {
    path: 'services/inventory/waitlist/free-already.ts',
    line: 'const isCandidate = resource_number > 0',
    change: 'resource_number > 0 → false',
    reason:
      'it saves looking at each resource of the type: the view has only that one for the entry',
  },
  {
    path: 'services/inventory/waitlist/gaps.ts',
    line: 'WHERE a.resource_number = m.candidate AND a.from_datetime < m.earliest',
    change: '< → <=',
    reason:
      'one that begins at the earliest moment is in the other half as well, with the same end',
  },
  {
    path: 'services/inventory/waitlist/gaps.ts',
    line: 'WHERE ${whose} AND a.from_datetime >= m.earliest AND a.from_datetime < m.latest',
    change: '< → <=',
    reason: 'what is free after one that begins at the latest moment is too late',
  },
  {
    path: 'services/inventory/waitlist/upkeep.ts',
    line: 'if (over.length === 0) return',
    change: 'over.length === 0 → false',
    reason: 'it saves a write that changes nothing',
  },
  {
    path: 'services/inventory/waitlist/sight.ts',
    line: 'if (!someone) return',
    change: '!someone → false',
    reason: 'it saves a scan: where nobody waits, there is nobody to ask about',
  },
  ...['const isOpen = sql`', 'WHERE w.closed IS NULL AND w.until >'].map((line) => ({
    path: 'services/inventory/waitlist/waitlist.ts',
    line,
    change: '> → >=',
    reason: 'time passes: it is never exactly over',
  })),
  {
    path: 'services/users/authority.ts',
    line: 'query: after === undefined',
    change: 'after === undefined → false',
    reason: 'the client leaves out what is undefined',
  },
  {
    path: 'services/users/authority.ts',
    line: 'const { data, error } = await client().api.users.removed.get(',
    change: 'after → true',
    reason: 'the client leaves out what is undefined',
  },
  {
    path: 'services/users/logins.ts',
    line: 'expires: sql`CASE WHEN ${logins.ends} < ${expires}',
    change: '< → <=',
    reason: 'of two that are equal either is right',
  },
  {
    path: 'services/files/quota.ts',
    line: 'const isKnown = announced > free',
    change: '> → >=',
    reason: 'it saves a query: what just fits needs not be known',
  },
  {
    path: 'services/files/quota.ts',
    line: 'if (all > 0) inFlight.set(owner, all)',
    change: '> → >=',
    reason: 'a zero in the map is the same as none',
  },
  {
    path: 'services/files/quota.ts',
    line: 'if (size > counted) {',
    change: '> → >=',
    reason: 'it counts nothing once more',
  },
  {
    path: 'services/courses/judge/budget.ts',
    line: 'wholeAgain.delete(other)',
    change: 'wholeAgain.delete(other) → ;',
    reason: 'it frees memory: who has the whole budget again is as good as forgotten',
  },
  ...['numbers.length > nearMax / 16 → true', '> → >=', '/ → *'].map((change) => ({
    path: 'services/inventory/candidates.ts',
    line: 'const length = numbers.length >',
    change,
    reason: 'the same numbers, written more often',
  })),
  ...['Bun.gc(true) → ;', 'true → false'].map((change) => ({
    path: 'services/courses/judge/child.ts',
    line: 'Bun.gc(true)',
    change,
    reason: 'it frees memory a little earlier',
  })),
  ...[
    ['for (let left_ms = limits.cpuMax_ms; left_ms > 0;', '> → >='],
    ['if (all_ms <= 0) return readStarvation(total)', '<= → <'],
    ['if (used_ms() < limits.submissionMax_ms / 2)', '< → <='],
  ].map(([line = '', change = '']) => ({
    path: 'services/courses/judge/child-process.ts',
    line,
    change,
    reason: 'a time that is used up to the last bit: one more look, or none',
  })),
  {
    path: 'packages/store/src/sqlite-bundle.ts',
    line: 'return bundle.slots.length === 1 ? run(bundle) : runUnderSavepoint(bundle)',
    change: 'bundle.slots.length === 1 → false',
    reason: 'it saves a savepoint: a single row is written or not',
  },
  {
    path: 'packages/store/src/sqlite-marker.ts',
    line: 'if (readIdentity(database) !== identity) database.run(',
    change: 'readIdentity(database) !== identity → true',
    reason: 'it saves three syncs at the start: the same number is written again',
  },
  {
    path: 'packages/store/src/sqlite-worker.ts',
    line: "if (name === 'batch') return {",
    change: "name === 'batch' → false",
    reason: 'it saves a savepoint: alone, each is as well written or not',
  },
  {
    path: 'packages/store/src/sqlite-worker.ts',
    line: "if (name === 'bundles') return {",
    change: "name === 'bundles' → false",
    reason: 'it saves a savepoint: alone, each is as well written or not',
  },
  {
    path: 'packages/store/src/sqlite-worker.ts',
    line: "const response = name === 'write' ?",
    change: "name === 'write' → false",
    reason: 'it saves a savepoint: alone, each is as well written or not',
  },
  {
    path: 'packages/store/src/postgres-schema.ts',
    line: 'if (now === snapshot) {',
    change: 'now === snapshot → false',
    reason: 'it saves a look at the catalogue, which finds the same',
  },
  {
    path: 'packages/store/src/postgres-schema.ts',
    line: 'same = begin',
    change: 'same = begin → ;',
    reason: 'it saves a look at the catalogue, which finds the same',
  },
  {
    path: 'packages/store/src/postgres-schema.ts',
    line: 'snapshot = changed ? undefined : now',
    change: 'snapshot = changed ? undefined : now → ;',
    reason: 'it saves a look at the catalogue, which finds the same',
  },
  {
    path: 'packages/store/src/postgres-schema.ts',
    line: 'snapshot = changed ? undefined : now',
    change: 'changed → true',
    reason: 'it saves a look at the catalogue, which finds the same',
  },
  {
    path: 'packages/store/src/postgres-schema.ts',
    line: 'if (performance.now() - same < age_ms) return',
    change: '< → <=',
    reason: 'a look takes time: none is 0 ms old',
  },
  {
    path: 'packages/store/src/postgres-schema.ts',
    line: 'const [row] = await client.unsafe<{ snapshot: string }',
    change: 'true → false',
    reason: 'it saves parsing the same query again',
  },
  {
    path: 'packages/store/src/postgres-schema.ts',
    line: 'prepare: true,',
    change: 'true → false',
    reason: 'it saves parsing the same query again',
  },
  {
    path: 'packages/store/src/postgres-schema.ts',
    line: 'FROM own JOIN pg_attribute a ON',
    change: '> → >=',
    reason: 'PostgreSQL gives no column the number 0',
  },
  {
    path: 'services/inventory/openings/gap-list.ts',
    line: 'place(index, 1, chunk.count === 0 ? [] : [chunk])',
    change: 'place(index, 1, chunk.count === 0 ? [] : [chunk]) → ;',
    reason: 'it only skips what has no fit: each gap is looked at anyway',
  },
  {
    path: 'services/inventory/openings/gap-list.ts',
    line: 'place(index, 1, chunk.count === 0 ? [] : [chunk])',
    change: 'chunk.count === 0 → false',
    reason: 'it only skips what has no fit: each gap is looked at anyway',
  },
  {
    path: 'services/inventory/openings/gap-list.ts',
    line: 'const next = (index: number) => latest.findNext(',
    change: '+ → -',
    reason: 'it only skips what has no fit: each gap is looked at anyway',
  },
  {
    path: 'services/inventory/openings/gap-list.ts',
    line: 'for (let index = next(0); index !== undefined',
    change: '&& → ||',
    reason: 'it only skips what has no fit: each gap is looked at anyway',
  },
  {
    path: 'services/inventory/openings/gap-list.ts',
    line: 'for (let at = 0; at < count; at++) {',
    change: '< → <=',
    reason: 'it only skips what has no fit: each gap is looked at anyway',
  },
  {
    path: 'services/inventory/openings/gap-list.ts',
    line: 'for (let at = 0; at < count; at++) latest',
    change: '< → <=',
    reason: 'it only skips what has no fit: each gap is looked at anyway',
  },
  {
    path: 'shared/idempotency.ts',
    line: 'finders.set(store, find)',
    change: 'finders.set(store, find) → ;',
    reason: 'it saves building the same statement again',
  },
  {
    path: 'shared/idempotency.ts',
    line: 'inserters.set(store, insert)',
    change: 'inserters.set(store, insert) → ;',
    reason: 'it saves building the same statement again',
  },
]
