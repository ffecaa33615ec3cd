import { nextLink } from '../../shared/page.ts'

/**
 * A link to a page of a list that begins at a place of one's own choice, as no page gives it.
 * @param position what the cursor names, or text as it is to stand there
 */
export function forgeCursor(path: string, position: unknown): string {
  const text = typeof position === 'string' ? position : toCursor(position)
  const link = nextLink(new Request(`http://campus.test.example${path}`), text)
  return link.slice(1, link.indexOf('>'))
}

const toCursor = (position: unknown) => Buffer.from(JSON.stringify(position)).toString('base64url')
