import { useEffect, useRef } from 'preact/hooks'
import type { Allocation } from '../../shared/schemas/allocation.ts'
import { listOut } from '../bookings/bar.ts'
import { followInventory } from '../bookings/follow.ts'
import { listBooked, listResources, type TimeSpan } from '../bookings/inventory.ts'
import { useQuery } from '../query.ts'
import { minute_ms } from '../../shared/duration.ts'
import { createDue } from './due.ts'
import { useFilter, type Filter } from './filter.ts'

// Reading everything is one request, so more changed rows than this are read that way.
const singleRowsMax = 3

/** Bookings by resource, each in order of time. */
export type Booked = ReadonlyMap<string, Allocation[]>

const nothing: Booked = new Map()
const none: ReadonlySet<string> = new Set()

interface Choice extends Filter {
  window: TimeSpan
}

/** All resources and their bookings in a window, kept up to date as others book. */
export function useBoard({ type, text, window }: Choice) {
  const key = `${window.from.getTime()} ${window.to.getTime()}`
  const resources = useQuery('resources', () => listResources())
  const rows = useQuery(`booked ${key}`, async () => {
    return { key, booked: toBooked(await listBooked(window)) }
  })
  const out = useQuery('out', listOut)
  const latest = useRef({ key, window, rows })
  latest.current = { key, window, rows }

  const reloadRows = async (ids: Iterable<string>) => {
    const asked = latest.current
    const wanted = [...new Set(ids)]
    if (asked.rows.loading.value || wanted.length > singleRowsMax) return asked.rows.reload()
    const lists = await Promise.all(wanted.map((id) => listBooked(asked.window, id)))
    const read = rows.data.value
    // By now another window is shown, or everything is being reloaded.
    if (latest.current.key !== asked.key || rows.loading.value || read?.key !== asked.key) return
    const next = new Map(read.booked)
    wanted.forEach((id, at) => next.set(id, lists[at] ?? []))
    rows.set({ ...read, booked: next })
  }

  useEffect(() => {
    const ended = new AbortController()
    const read = () => rows.data.value?.booked ?? nothing
    const due = createDue(async ({ ids, isAll, hasResources }) => {
      if (ended.signal.aborted) return
      const ofRows = isAll ? latest.current.rows.reload() : reloadRows(ids)
      await Promise.allSettled([ofRows, out.reload(), hasResources && resources.reload()])
    })
    followInventory(({ kind, resource_id, allocation_id }) => {
      if (resource_id === undefined) return due.all()
      if (kind.startsWith('resource.')) return due.resources()
      due.row(resource_id)
      // It may have been in another row until now.
      for (const [id, all] of read()) if (all.some((one) => one.id === allocation_id)) due.row(id)
    }, ended.signal)
    // Lapses and late returns cause no event.
    const timer = setInterval(() => {
      due.none()
      const isOver = ({ held_until }: Allocation) => Date.parse(held_until ?? '') <= Date.now()
      for (const [id, all] of read()) if (all.some(isOver)) due.row(id)
    }, minute_ms)
    return () => {
      ended.abort()
      clearInterval(timer)
    }
  }, [])

  const read = rows.data.value
  const isReady = read?.key === key
  const booked = isReady ? read.booked : nothing
  const all = resources.data.value ?? []
  const { shown, people } = useFilter({ type, text }, all, booked)
  return {
    resources,
    shown,
    people,
    booked,
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
