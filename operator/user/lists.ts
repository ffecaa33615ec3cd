import { readNextCursor } from '../../shared/page.ts'
import type { Tools } from './tools.ts'

interface Page<T> {
  data: T[] | null
  error: { value: unknown } | null
  response?: Response
}

/** All pages of a list, one after the other. @param ask fetches the page of a cursor */
export async function* readPages<T>(
  ask: (query: { limit: string; cursor?: string }) => Promise<unknown>,
  { requireData }: Pick<Tools, 'requireData'>,
): AsyncGenerator<T[]> {
  let cursor: string | undefined
  do {
    const page = (await ask({ limit: '200', ...(cursor && { cursor }) })) as Page<T>
    yield requireData(page)
    cursor = page.response && readNextCursor(page.response)
  } while (cursor)
}

/** Prints each line as it arrives. @returns the last line: that there are none, or nothing */
export async function printAll(
  lines: AsyncIterable<string> | Iterable<string>,
  { print }: Pick<Tools, 'print'>,
): Promise<string> {
  let isEmpty = true
  for await (const line of lines) {
    print(line)
    isEmpty = false
  }
  return isEmpty ? 'none' : ''
}
