import type { Context } from '../../shared/context.ts'
import type { DeskApi } from './index.ts'

/** Fills an empty desk, through its public API. */
export async function fillDesk({ client }: Pick<Context, 'client'>): Promise<void> {
  const { notes } = client<DeskApi>('desk').api
  const { data: existing } = await notes.get({ query: { limit: '1' } })
  if (!existing || existing.length > 0) return
  for (const title of ['First', 'Second', 'Third']) await notes.post({ title, text: 'A sample.' })
}
