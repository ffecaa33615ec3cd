/** The name of a new service and of its resource. */
export interface Words {
  /** `billing` */
  service: string
  /** `invoice` */
  thing: string
  /** `invoices` */
  things: string
  port: number
}

export interface Naming {
  service: string | undefined
  /** Defaults to the singular of the service's name: `booking` for `bookings`. */
  thing: string | undefined
  port: number
  /** Names already taken, and by what. */
  isTaken: (word: string) => string | undefined
}

// Reserved words of JavaScript and of both databases: the name becomes a variable, a role, a
// database and a table.
const reserved = new Set(
  `abstract alter analyse analyze array asymmetric authorization begin between binary both break
  case cast catch check class collate collation column commit concurrently constraint continue
  create cross debugger default deferrable desc distinct drop else enum escape eval except exists
  extends false fetch finally foreign freeze full glob grant group groups having ilike implements
  index initially inner instanceof interface intersect into join lateral leading left like
  localtime natural null offset only order outer over overlaps package placing pragma primary
  private protected public references regexp reindex replace right rollback select similar some
  static super switch symmetric table tablesample then throw trailing trigger true typeof union
  unique user using vacuum variadic verbose view void when where while window with yield`
    .split(/\s+/)
    .filter(Boolean),
)

const usage = `Usage: bun run new service <name> [thing]
  bun run new service bookings           keeps bookings: /api/bookings, a Booking each
  bun run new service billing invoice    keeps invoices: /api/invoices, an Invoice each`

/** @throws Error that says which name is invalid, why, and what to write instead */
export function readWords({ service, thing, port, isTaken }: Naming): Words {
  if (service === undefined) throw new Error(usage)
  requireWord(service, 4)
  requireFree(service)
  const one = thing ?? toSingular(service)
  if (one === undefined) {
    const command = `bun run new service ${service} <thing>`
    throw new Error(`What is a resource of ${service} called? Name it in the singular: ${command}`)
  }
  requireWord(one, 2)
  const things = toPlural(one)
  requireFree(one)
  requireFree(things)
  return { service, thing: one, things, port }

  function requireFree(word: string): void {
    const by = reserved.has(word) ? 'JavaScript or SQL' : isTaken(word)
    if (by) throw new Error(`${word} is taken by ${by}. Choose another name.`)
  }
}

// Elysia misreads hosts of three letters; a hyphen cannot be in the name of a variable.
function requireWord(word: string, lengthMin: number): void {
  if (/^[a-z]{1,30}$/.test(word) && word.length >= lengthMin) return
  throw new Error(
    `${JSON.stringify(word)} cannot be used: write one word of ${lengthMin} to 30 letters, ` +
      'a to z, all small. It becomes part of paths, host names, variables and tables.',
  )
}

function toSingular(word: string): string | undefined {
  if (/[^aeiou]ies$/.test(word)) return word.replace(/ies$/, 'y')
  if (/(?:ss|x|ch|sh)es$/.test(word)) return word.replace(/es$/, '')
  return /[^s]s$/.test(word) ? word.slice(0, -1) : undefined
}

function toPlural(word: string): string {
  if (/[^aeiou]y$/.test(word)) return word.replace(/y$/, 'ies')
  return /(?:s|x|ch|sh)$/.test(word) ? `${word}es` : `${word}s`
}

/** Replaces the names in the template, `desk`, `notes` and `note`, by those of the new service. */
export function rename(text: string, { service, thing, things, port }: Words): string {
  const pairs = [
    ['desk', service],
    ['notes', things],
    ['note', thing],
  ] as const
  const articled = /^[aeiou]/.test(thing) ? text.replace(/\b([Aa]) (?=note\b)/g, '$1n ') : text
  return pairs
    .reduce((done, [from, to]) => replaceCases(done, from, to), articled)
    .replace('(port 3000,', `(port ${port},`)
}

/** Replaces a word in lower case, capitalized and in upper case. */
export function replaceCases(text: string, from: string, to: string): string {
  return text
    .replaceAll(from, to)
    .replaceAll(toTitle(from), toTitle(to))
    .replaceAll(from.toUpperCase(), to.toUpperCase())
}

export function toTitle(word: string): string {
  return word.charAt(0).toUpperCase() + word.slice(1)
}
