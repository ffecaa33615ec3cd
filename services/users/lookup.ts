import { inArray } from 'drizzle-orm'
import type { AddressOwners } from '../../shared/schemas/user.ts'
import type { Store } from '../../shared/store/store.ts'
import type { UsersTables } from './tables.ts'

/** Whose addresses these are now; what nobody has is left out. */
export function createLookup({ db }: Store, { users }: UsersTables) {
  return async (emails: string[]): Promise<AddressOwners> => {
    const keys = emails.map((email) => email.toLowerCase())
    return db
      .select({ email: users.email, user_id: users.id })
      .from(users)
      .where(inArray(users.email, keys))
  }
}
