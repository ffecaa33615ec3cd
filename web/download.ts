import { requireOk, unreachable } from '../packages/client/src/problem.ts'
import { campus } from './campus.ts'

// Some browsers read the file only after the click.
const saving_ms = 60_000

/** Saves a file that needs a login: a plain link cannot carry the token. */
export async function download(path: string, name: string): Promise<void> {
  const response = await requireOk(await campus.fetch(path))
  const blob = await response.blob().catch((error: unknown) => {
    throw unreachable(error)
  })
  const url = URL.createObjectURL(blob)
  save(url, name)
  setTimeout(() => URL.revokeObjectURL(url), saving_ms)
}

/** Lets the browser save a URL without leaving the page. */
export function save(url: string, name: string): void {
  const link = document.createElement('a')
  link.href = url
  link.download = name
  link.click()
}
