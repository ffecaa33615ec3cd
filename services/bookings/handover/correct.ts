import { and, desc, eq, sql, type SQL } from 'drizzle-orm'
import { forbidden, type Caller } from '../../../shared/access.ts'
import type { Versioned } from '../../../shared/answer.ts'
import type { Context } from '../../../shared/context.ts'
import { toInstant } from '../../../shared/instant.ts'
import { conflict } from '../../../shared/problem.ts'
import type {
  CorrectedRecord,
  CorrectionRecord,
  Handover,
  HandoverCorrection,
  HandoverPhoto,
  HandoverRecord,
} from '../../../shared/schemas/handover.ts'
import { violation } from '@campus/store/error.ts'
import { retryOnConflict } from '../../../shared/retry-on-conflict.ts'
import { requireMatch, type Change } from '../../../shared/version.ts'
import type { Rulebook } from '../rulebook.ts'
import type { BookingsTables, HandoverRow } from '../tables.ts'
import type { Handovers } from './list-handovers.ts'
import type { Odometer } from './odometer.ts'
import type { NamedPhoto, Photos } from './photos.ts'

interface Dependencies {
  handovers: Handovers
  odometer: Odometer
  photos: Photos
  rulebook: Rulebook
}

// No honest correction needs more.
const correctionsMax = 100

/** Corrects what was recorded. A trigger keeps the former values. */
export function createCorrect(
  { store, clock }: Pick<Context, 'store' | 'clock'>,
  { handovers: table, handover_corrections: corrections }: BookingsTables,
  { handovers, odometer, photos, rulebook }: Dependencies,
) {
  /** @throws 403 unless the caller manages the resource; 422 `odometer_falls`, `file_missing` */
  async function correct(
    id: string,
    { body, caller, ifMatch }: Change<HandoverCorrection>,
  ): Promise<Versioned<Handover>> {
    return retryOnConflict(async () => {
      const before = await handovers.findRow(id, caller)
      if (!(await rulebook.mayManage(caller, [before]))) {
        throw forbidden('Only a manager of the resource may correct it.')
      }
      requireMatch(before.version, ifMatch)
      if (body.returned && before.returned === null) {
        throw conflict('not_returned', 'It is not returned yet: there is nothing to correct.')
      }
      const values = toCorrected(body)
      const after = { ...before, ...values }
      if (Bun.deepEquals(after, before)) return handovers.get(id, caller)
      await requireFew(id)
      await keepPhotos(before, { body, caller })
      const isIn = await odometer.keepOrder(
        () => write(before, { values, reason: body.reason, caller }),
        () => odometer.listOutOfOrder(after),
      )
      return isIn ? handovers.get(id, caller) : undefined
    })
  }

  function write(
    { id, version }: HandoverRow,
    { values, reason, caller }: { values: Corrected; reason: string; caller: Caller },
  ): Promise<boolean> {
    const isIt = and(eq(table.id, id), eq(table.version, version))
    // Its trigger adds the former values.
    const why: SQL = sql`INSERT INTO ${corrections}
        (handover_id, version, corrected, corrected_by, reason)
      SELECT id, version, ${sql.param(clock(), corrections.corrected)}, ${caller.id}, ${reason}
      FROM ${table} WHERE ${isIt}`
    const update = store.db.update(table).set(values).where(isIt).getSQL()
    return store.atomically([why, update]).catch(loseToAnother)
  }

  /** New photos must exist; removed ones are reviewed and freed. */
  async function keepPhotos(
    { booking_id, out_files, in_files }: HandoverRow,
    { body, caller }: { body: HandoverCorrection; caller: Caller },
  ): Promise<void> {
    const named = (['checked_out', 'returned'] as const).flatMap((step): NamedPhoto[] => {
      const files = body[step]?.files ?? []
      return files.map((hash, at) => ({ hash, pointer: `#/${step}/files/${at}` }))
    })
    if (!(body.checked_out?.files ?? body.returned?.files)) return
    const old = new Set([
      ...(JSON.parse(out_files) as string[]),
      ...(JSON.parse(in_files) as string[]),
    ])
    await photos.keep(
      booking_id,
      named.filter(({ hash }) => !old.has(hash)),
      caller,
    )
    await photos.doubt(booking_id, [...old])
  }

  async function requireFew(id: string): Promise<void> {
    if ((await store.db.$count(corrections, eq(corrections.handover_id, id))) < correctionsMax)
      return
    const detail = `It was corrected ${correctionsMax} times, the most allowed.`
    throw conflict('too_many_corrections', detail)
  }

  /** Newest first. */
  async function listCorrections(id: string, caller: Caller): Promise<CorrectionRecord[]> {
    await handovers.findRow(id, caller)
    const rows = await store.db
      .select()
      .from(corrections)
      .where(eq(corrections.handover_id, id))
      .orderBy(desc(corrections.version))
      .limit(correctionsMax)
    return rows.map(({ corrected, corrected_by: by, reason, was }) => {
      const readings = toReadings(JSON.parse(was) as HandoverRow)
      return { at: toInstant(corrected) ?? '', by, reason, was: readings }
    })
  }

  async function listPhotos(id: string, caller: Caller): Promise<HandoverPhoto[]> {
    return photos.link(await handovers.findRow(id, caller))
  }

  return { correct, listCorrections, listPhotos }
}

type Corrected = Partial<HandoverRow>

// Another correction has the same version.
function loseToAnother(error: unknown): false {
  if (violation(error) === 'unique') return false
  throw error
}

// Only fields that are given: the user and time of return may have been edited by hand since.
function toCorrected({ checked_out = {}, returned = {} }: HandoverCorrection): Corrected {
  return { ...toColumns('out', checked_out), ...toColumns('in', returned) }
}

function toColumns(side: 'out' | 'in', { files, ...said }: CorrectedRecord): Corrected {
  const values = { ...said, ...(files && { files: JSON.stringify(files) }) }
  return Object.fromEntries(Object.entries(values).map(([name, it]) => [`${side}_${name}`, it]))
}

function toReadings(row: HandoverRow): CorrectionRecord['was'] {
  return {
    checked_out: {
      odometer: row.out_odometer,
      fuel: row.out_fuel,
      condition: row.out_condition as HandoverRecord['condition'],
      files: JSON.parse(row.out_files) as string[],
      note: row.out_note,
    },
    returned: {
      odometer: row.in_odometer,
      fuel: row.in_fuel,
      condition: row.in_condition as HandoverRecord['condition'],
      files: JSON.parse(row.in_files) as string[],
      note: row.in_note,
    },
  }
}
