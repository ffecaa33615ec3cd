import { is, Param, Placeholder, type Query } from 'drizzle-orm'

/** A prebuilt statement and its values. */
export interface Filled {
  text: string
  params: unknown[]
}

/** Values by the names of their placeholders, or a list by position. */
export type Given = Readonly<Record<string | number, unknown>> | readonly unknown[]

/**
 * @returns a function that fills the placeholders of a statement; it throws when one has no value
 */
export function createTemplate({ sql: text, params }: Query): (given: Given) => Filled {
  const readers = params.map(createReader)
  return (given) => ({ text, params: readers.map((read) => read(given)) })
}

function createReader(param: unknown): (given: Given) => unknown {
  const value = is(param, Param) ? param.value : param
  if (!is(value, Placeholder)) return () => param
  const { name } = value
  const read = (given: Given) => {
    const found = (given as Readonly<Record<string, unknown>>)[name]
    if (found === undefined && !(name in given)) throw new Error(`There is no value for ${name}`)
    return found
  }
  if (!is(param, Param)) return read
  const { encoder } = param
  return (given) => {
    const found = read(given)
    return found === null ? null : encoder.mapToDriverValue(found)
  }
}
