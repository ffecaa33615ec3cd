import { useSignal } from '@preact/signals'
import { useEffect } from 'preact/hooks'
import type { Allocation } from '../../shared/schemas/allocation.ts'
import { listOut } from '../bookings/bar.ts'
import { followInventory } from '../bookings/follow.ts'
import { listBooked, listResources, type Window } from '../bookings/inventory.ts'
import { useQuery } from '../query.ts'
import { useFilter, type Filter } from './filter.ts'

// Events come in bursts; what they are about is read again once for all of them.
const settle_ms = 120
// Reading everything is one request; more than this many rows are read so.
const singleRowsMax = 3

/** What is booked, by resource, each in the order of time. */
export type Booked = ReadonlyMap<string, Allocation[]>

const nothing: Booked = new Map()
const none: ReadonlySet<string> = new Set()

interface Choice extends Filter {
  window: Window
}

/** All resources and what is booked of them in a window, kept up to date as others book. */
export function useBoard({ type, text, window }: Choice) {
  const { from, to } = window
  const resources = useQuery('resources', () => listResources())
  const key = `${from.getTime()} ${to.getTime()}`
  const booked = useSignal(nothing)
  const rows = useQuery(`booked ${key}`, async () => {
    booked.value = toBooked(await listBooked(window))
  })
  const out = useQuery('out', listOut)

  const reloadRows = async (ids: Iterable<string>) => {
    const wanted = [...new Set(ids)]
    if (wanted.length > singleRowsMax) return rows.reload()
    const lists = await Promise.all(wanted.map((id) => listBooked(window, id)))
    const next = new Map(booked.value)
    wanted.forEach((id, at) => next.set(id, lists[at] ?? []))
    booked.value = next
  }

  useEffect(() => {
    const ended = new AbortController()
    const due = new Set<string>()
    const readDue = () => {
      const ids = [...due]
      due.clear()
      if (ended.signal.aborted) return
      void out.reload()
      reloadRows(ids).catch(rows.reload)
    }
    void followInventory(({ kind, resource_id }) => {
      if (kind.startsWith('resource.')) return void resources.reload()
      if (resource_id === undefined) return void Promise.all([resources.reload(), rows.reload()])
      if (due.size === 0) setTimeout(readDue, settle_ms)
      due.add(resource_id)
    }, ended.signal)
    return () => ended.abort()
  }, [key])

  const all = resources.data.value ?? []
  const { shown, people } = useFilter({ type, text }, all, booked.value)
  const isReady = !rows.loading.value || booked.value.size > 0
  return {
    resources,
    shown,
    people,
    booked: booked.value,
    rows,
    isReady,
    reloadRows,
    out: out.data.value ?? none,
  }
}

export type Board = ReturnType<typeof useBoard>

function toBooked(allocations: Allocation[]): Booked {
  return Map.groupBy(allocations, ({ resource_id }) => resource_id)
}
