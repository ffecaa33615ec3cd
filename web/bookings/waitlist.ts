import type { NewWaitlistEntry, WaitlistEntry } from '../../shared/schemas/waitlist.ts'
import { api, ask } from '../api.ts'
import { t } from '../i18n.ts'
import { readAll } from '../paging.ts'
import { repeatable } from '../repeat-key.ts'
import { notify } from '../ui/toast.tsx'
import type { TimeSpan } from './inventory.ts'

const { waitlist } = api.inventory

export async function listWaiting(): Promise<WaitlistEntry[]> {
  return readAll((page) => waitlist.get({ query: { ...page, mine: 'true' } }))
}

/**
 * Joins the waiting list for a span of a resource, or any of a type, and shows the position.
 * @param options of a retry
 */
export async function join(
  whose: Pick<NewWaitlistEntry, 'resource_id' | 'type' | 'where' | 'description'>,
  { from, to }: TimeSpan,
  options = repeatable(),
): Promise<void> {
  const span = { from_datetime: from.toISOString(), to_datetime: to.toISOString() }
  const { position } = await ask(waitlist.post({ ...whose, ...span }, options))
  notify(position === null ? t('wait.got') : t('wait.joined', { position }))
}

export async function leave({ id }: WaitlistEntry): Promise<void> {
  await ask(waitlist({ id }).delete())
}
