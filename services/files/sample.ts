import type { Context } from '../../shared/context.ts'
import type { FilesApi } from './index.ts'

const welcome = `Welcome to Campus.

Files are kept by what is in them: the same bytes are stored once, whoever uploads them.
`

/** Adds one file to an empty system, through its public API. */
export async function fillFiles({ client }: Context): Promise<void> {
  const { files } = client<FilesApi>('files').api
  const { data: existing } = await files.get({ query: { limit: '1' } })
  if (!existing || existing.length > 0) return
  await files.post(new TextEncoder().encode(welcome) as never, {
    query: { file_name: 'Welcome.txt' },
  })
}
