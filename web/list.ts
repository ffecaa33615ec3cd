import { type ReadonlySignal, useComputed, useSignal } from '@preact/signals'
import type { Page } from './paging.ts'
import { useQuery, type Query } from './query.ts'

export interface List<T> {
  first: Query<Page<T>>
  items: ReadonlySignal<T[]>
  /** Loads the next page; undefined on the last one. */
  more: (() => Promise<void>) | undefined
  reload: () => Promise<void>
}

/** A list shown page by page. @param load the page at a cursor, the first without one */
export function useList<T>(key: string, load: (cursor?: string) => Promise<Page<T>>): List<T> {
  const later = useSignal<Page<T>[]>([])
  const first = useQuery(key, async () => {
    const page = await load()
    later.value = []
    return page
  })
  const items = useComputed(() =>
    [first.data.value, ...later.value].flatMap((page) => page?.items ?? []),
  )
  const next = (later.value.at(-1) ?? first.data.value)?.next
  const more = async () => {
    const page = await load(next)
    later.value = [...later.value, page]
  }
  return { first, items, more: next ? more : undefined, reload: first.reload }
}
