import type { InputKind } from './batch.ts'
import type { Bundle, BundleStatement, BundleWriter, Pick } from './bundle.ts'
import { instantToText } from './encoding.ts'
import { violation } from './error.ts'
import type { Connections } from './postgres-client.ts'
import { retryRaces } from './postgres-race.ts'

interface Placed {
  bundle: number
  slot: number
  alternative: number
}

/** Writes bundles on its own connection, one autocommit statement for all that wait. */
export function createPostgresBundleWriter(
  connections: Connections,
  { routine, input }: BundleStatement,
): BundleWriter {
  const columns = Object.entries(input)
  const text = `SELECT bundle, slot, alternative FROM ${routine}($1::text::jsonb)`

  // As the batch writer does.
  function send(bundles: string): Promise<Placed[]> {
    return retryRaces(
      () =>
        connections.ask((client) => client.unsafe<Placed[]>(text, [bundles], { prepare: true })),
      (error) => violation(error) === 'unique',
    )
  }

  return {
    write: async (bundles) => {
      const picks = bundles.map((): Pick[] => [])
      for (const { bundle, slot, alternative } of await send(toJson(bundles, columns))) {
        picks[bundle]?.push([slot, alternative])
      }
      return picks.map((picked) => (picked.length > 0 ? picked : undefined))
    },
    concurrency: 1,
  }
}

function toJson(bundles: Bundle[], columns: [string, InputKind][]): string {
  return JSON.stringify(
    bundles.map(({ slots, needsAll, storedResponse }) => ({
      ...storedResponse,
      needs_all: needsAll,
      slots: slots.map(({ row, alternatives }) => ({
        alternatives,
        row: Object.fromEntries(
          columns.map(([name, kind]) => {
            const value = row[name] ?? null
            const isTime = kind === 'instant' && value !== null
            return [name, isTime ? instantToText(value as number) : value]
          }),
        ),
      })),
    })),
  )
}
