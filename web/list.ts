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
  const first = useQuery(key, () => load())
  const loaded = useSignal<Page<T>[]>([])
  // Pages continue the first one they were loaded after, no other.
  const pages = useComputed(() => {
    const start = first.data.value
    if (start === loaded.value[0]) return loaded.value
    return start ? [start] : []
  })
  const items = useComputed(() => pages.value.flatMap((page) => page.items))
  const next = pages.value.at(-1)?.next
  const more = async () => {
    const before = pages.value
    const page = await load(next)
    if (before === pages.value && !first.loading.value) loaded.value = [...before, page]
  }
  return { first, items, more: next ? more : undefined, reload: first.reload }
}
