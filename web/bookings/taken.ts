import type { ConflictingAllocation } from '../../shared/schemas/allocation.ts'
import { nameOf } from '../people/names.ts'
import { describeBusy } from './buffers.ts'
import { nameKind } from './kind.ts'
import { describeSpan } from './span.ts'

export type Taken = Omit<ConflictingAllocation, 'id' | 'status' | 'mine'>

// More would not be read.
const takenMax = 2

/** Who has it and from when until when; names that are not known yet follow at the next render. */
export function describeTaken(conflicts: readonly Taken[]): string {
  return conflicts.slice(0, takenMax).map(describeOne).join('; ')
}

function describeOne(one: Taken): string {
  const { allocation_type: kind, booked_for = '' } = one
  const who = kind === undefined || kind === 'booking' ? nameOf(booked_for) : nameKind(kind)
  return [who, describeSpan(one), describeBusy(one)].filter(Boolean).join(', ')
}
