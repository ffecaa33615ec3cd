import { useComputed, useSignal } from '@preact/signals'
import { useEffect } from 'preact/hooks'
import type { Allocation } from '../../shared/schemas/allocation.ts'
import { useQuery } from '../query.ts'
import { listOut } from './bar.ts'
import { followInventory } from './follow.ts'
import { listAllocations, listResources, type Window } from './inventory.ts'

// More rows than this nobody reads at once; the filter by name finds the others.
const rowsMax = 40
// Events come in bursts; a row is read again once for all of them.
const settle_ms = 120

const none: ReadonlySet<string> = new Set()

interface Choice {
  /** `Car`; empty for all types. */
  type: string
  /** Part of a resource's name. */
  name: string
  window: Window
}

/** Resources and what is booked of them within a window, kept up to date as others book. */
export function useBoard({ type, name, window }: Choice) {
  const { from, to } = window
  const resources = useQuery(`resources ${type}`, () => listResources(type))
  const byResource = useSignal<Record<string, Allocation[]>>({})
  const shown = (resources.data.value ?? [])
    .filter((resource) => resource.name.toLowerCase().includes(name.toLowerCase()))
    .slice(0, rowsMax)
  const key = `${shown.map(({ id }) => id).join()} ${from.getTime()} ${to.getTime()}`
  const rows = useQuery(`rows ${key}`, async () => {
    const lists = await Promise.all(shown.map((resource) => listAllocations(resource, window)))
    const found = shown.map((resource, at) => [resource.id, lists[at] ?? []] as const)
    byResource.value = Object.fromEntries(found)
  })

  const out = useQuery('out', listOut)

  const reloadRow = async (id: string) => {
    const resource = shown.find((one) => one.id === id)
    if (!resource) return
    const allocations = await listAllocations(resource, window)
    byResource.value = { ...byResource.value, [id]: allocations }
  }

  useEffect(() => {
    const ended = new AbortController()
    const due = new Set<string>()
    void followInventory(({ kind, resource_id }) => {
      if (kind.startsWith('resource.')) return void resources.reload()
      if (resource_id === undefined) return void Promise.all([resources.reload(), rows.reload()])
      if (due.has(resource_id)) return
      if (due.size === 0) setTimeout(() => void out.reload(), settle_ms)
      due.add(resource_id)
      setTimeout(() => {
        due.delete(resource_id)
        if (!ended.signal.aborted) reloadRow(resource_id).catch(rows.reload)
      }, settle_ms)
    }, ended.signal)
    return () => ended.abort()
  }, [key])

  const allocations = useComputed(() => Object.values(byResource.value).flat())
  const hidden = (resources.data.value?.length ?? 0) - shown.length
  return {
    resources,
    shown,
    hidden: name ? 0 : hidden,
    allocations,
    rows,
    reloadRow,
    out: out.data.value ?? none,
  }
}

export type Board = ReturnType<typeof useBoard>
