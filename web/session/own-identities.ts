import { api, ask } from '../api.ts'
import { together } from '../once.ts'

/** The providers one is known to; several parts of a page ask at once. */
export const readIdentities = together(() => ask(api.users.identities.get()))
