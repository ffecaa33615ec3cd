import { requireOk } from '../packages/client/src/problem.ts'
import { campus } from './campus.ts'

/** Saves a file that needs a login: a plain link cannot carry the token. */
export async function download(path: string, name: string): Promise<void> {
  const response = await requireOk(await campus.fetch(path))
  const url = URL.createObjectURL(await response.blob())
  save(url, name)
  URL.revokeObjectURL(url)
}

/** Lets the browser save a URL without leaving the page. */
export function save(url: string, name: string): void {
  const link = document.createElement('a')
  link.href = url
  link.download = name
  link.click()
}
