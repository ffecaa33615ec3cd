import type { ProblemCode } from '../../shared/problem-code.ts'
import { invalid } from '../../shared/problem.ts'
import type { People } from './calendars/people.ts'
import { toViewer, type Reservations } from './reservations.ts'

/** Checks who is to have a booking. */
export function createRequireMayHave(
  people: Pick<People, 'findCaller'>,
  { findHidden }: Pick<Reservations, 'findHidden'>,
) {
  /** @throws 422 without an active account, or if they cannot see what is booked; 503 */
  return async function requireMayHave(
    id: string,
    items: readonly { resource_id: string }[],
  ): Promise<void> {
    const person = await people.findCaller(id)
    if (!person) throw refuse('There is no active account with this id.')
    const ids = [...new Set(items.map(({ resource_id }) => resource_id))]
    const hidden = await findHidden(ids, toViewer(person))
    if (hidden.length > 0) throw refuse(cannotSee, 'person_cannot_see')
  }
}

const cannotSee =
  'This person cannot see what is booked. Let a group of theirs see it, or choose somebody else.'

const refuse = (detail: string, code?: ProblemCode) =>
  invalid([{ pointer: '#/booked_for', detail }], code)
