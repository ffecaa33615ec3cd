import { is, Param, Placeholder, type Query } from 'drizzle-orm'

/** A statement whose text was built before, and what goes into it. */
export interface Filled {
  text: string
  params: unknown[]
}

/** @returns fills the placeholders of a statement; one without a value throws */
export function createTemplate({
  sql: text,
  params,
}: Query): (given: Record<string, unknown>) => Filled {
  const readers = params.map(createReader)
  return (given) => ({ text, params: readers.map((read) => read(given)) })
}

function createReader(param: unknown): (given: Record<string, unknown>) => unknown {
  const value = is(param, Param) ? param.value : param
  if (!is(value, Placeholder)) return () => param
  const { name } = value
  const read = (given: Record<string, unknown>) => {
    if (name in given) return given[name]
    throw new Error(`There is no value for ${name}`)
  }
  if (!is(param, Param)) return read
  const { encoder } = param
  return (given) => {
    const found = read(given)
    return found === null ? null : encoder.mapToDriverValue(found)
  }
}
