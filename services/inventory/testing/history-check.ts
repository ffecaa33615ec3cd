import type { TimeSpan } from '../span.ts'
import { toText } from './operation.ts'
import type { Done, Fault } from './wave-check.ts'

/** A version of an allocation as the database has it: a former one, or the row that is there. */
export interface StoredVersion {
  id: string
  span: TimeSpan
  version: number
  held_until: number | null
  /** Null: the row that is there. */
  change: string | null
  changed_by: string | null
}

/** A state that was acknowledged; by hand nobody is told the version. */
interface Told {
  span: TimeSpan
  version?: number | undefined
  held_until?: number | null | undefined
}

interface Memory {
  resource: string
  told: Told[]
  releases: Set<'by hand' | 'by the API'>
}

/**
 * Remembers every state of every booking that was acknowledged, and finds each again in the history
 * that the database kept; and who ended it.
 */
export function createHistoryCheck() {
  const memories = new Map<string, Memory>()

  function remember(booking: string, resource: string): Memory {
    const memory = memories.get(booking) ?? { resource, told: [], releases: new Set() }
    memories.set(booking, memory)
    return memory
  }

  function note({ operation, answer }: Done): void {
    if (answer.status >= 300) return
    for (const one of answer.made ?? []) {
      const { span, held_until } = one
      // Who looks what came of waiting may find it changed since.
      const version = operation.does === 'look' ? undefined : 1
      remember(one.booking, one.resource).told.push({ span, held_until, version })
    }
    if (!('booking' in operation) || /^(?:wait|look|leave)$/.test(operation.does)) return
    const memory = remember(operation.booking, operation.resource)
    const { span = 'span' in operation ? operation.span : undefined, held_until } = answer
    const version = operation.does === 'book' ? 1 : answer.version
    switch (operation.does) {
      // What they became is in `made`.
      case 'wait':
      case 'look':
      case 'leave':
        return
      case 'release':
      case 'give back':
        return void memory.releases.add('by the API')
      case 'remove by hand':
      case 'end by hand':
        return void memory.releases.add('by hand')
      default:
        memory.told.push({ span: span as TimeSpan, version, held_until })
    }
  }

  /** @param stored all versions of all allocations, each in order */
  function check(stored: readonly StoredVersion[], idOf: (booking: string) => string): Fault[] {
    const byId = Map.groupBy(stored, ({ id }) => id)
    return [...memories].flatMap(([booking, memory]) => {
      const versions = byId.get(idOf(booking)) ?? []
      const lost = memory.told.filter((told) => !versions.some((version) => isIt(told, version)))
      const whats = lost.map((told) => `${booking} is not in the history as ${toText(told)}`)
      const [release, ...others] = memory.releases
      const last = versions.at(-1)
      const isWrong = last?.change === 'released' && others.length === 0 && release !== undefined
      if (isWrong && (last.changed_by === null) !== (release === 'by hand')) {
        whats.push(`${booking} was released ${release}, and the history says ${last.changed_by}`)
      }
      return whats.map((what) => ({ resource: memory.resource, what }))
    })
  }

  return { note, check }
}

function isIt({ span, version, held_until }: Told, stored: StoredVersion): boolean {
  return (
    span.from === stored.span.from &&
    span.to === stored.span.to &&
    (version ?? stored.version) === stored.version &&
    (held_until === undefined || held_until === stored.held_until)
  )
}
