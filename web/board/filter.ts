import { useSignal } from '@preact/signals'
import { useEffect, useMemo } from 'preact/hooks'
import type { Allocation } from '../../shared/schemas/allocation.ts'
import type { Resource } from '../../shared/schemas/resource.ts'
import { api, ask } from '../api.ts'
import { learnNames } from '../people/names.ts'

export interface Filter {
  /** `Car`; empty for all types. */
  type: string
  /** Words in the name, a property, the note, or the name of the user. */
  text: string
}

// Waits for the end of typing.
const settle_ms = 400
// More matching people would not narrow the filter.
const peopleMax = '50'

const nobody: ReadonlySet<string> = new Set()

/**
 * The resources that match a filter, from loaded data. Names of people are looked up on the server
 * once typing stops.
 */
export function useFilter(
  { type, text }: Filter,
  resources: Resource[],
  booked: ReadonlyMap<string, Allocation[]>,
) {
  const people = useSignal({ text: '', ids: nobody })
  useEffect(() => {
    if (text.length < 2) return
    const ended = new AbortController()
    const timer = setTimeout(() => void find(), settle_ms)
    async function find() {
      const call = ask(api.users.directory.get({ query: { q: text, limit: peopleMax } }))
      // Without names, resources are still filtered.
      const found = await call.catch(() => [])
      if (ended.signal.aborted) return
      learnNames(found.map(({ id, display_name }) => [id, display_name]))
      people.value = { text, ids: new Set(found.map(({ id }) => id)) }
    }
    return () => {
      ended.abort()
      clearTimeout(timer)
    }
  }, [text])

  const searchable = useMemo(
    () => resources.map((resource) => ({ resource, words: wordsOf(resource) })),
    [resources],
  )
  const ids = people.value.text === text ? people.value.ids : nobody
  const shown = useMemo(() => {
    const wanted = text.toLowerCase().split(/\s+/).filter(Boolean)
    const isHad = ({ id }: Resource) => ids.size > 0 && booked.get(id)?.some(isOf(ids))
    return searchable
      .filter(({ resource }) => type === '' || resource.resource_type === type)
      .filter(
        ({ resource, words }) => wanted.every((word) => words.includes(word)) || isHad(resource),
      )
      .map(({ resource }) => resource)
  }, [searchable, type, text, ids, ids.size > 0 && booked])
  return { shown, people: ids }
}

const isOf =
  (ids: ReadonlySet<string>) =>
  ({ booked_for }: Allocation) =>
    ids.has(booked_for)

function wordsOf({ name, resource_type, note, properties }: Resource): string {
  const values = Object.values(properties).flat().map(String)
  return [name, resource_type, note, ...values].join('\n').toLowerCase()
}
