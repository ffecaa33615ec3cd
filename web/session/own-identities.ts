import { api, ask } from '../api.ts'
import { together } from '../once.ts'

/** The user's identities at providers; several parts of a page share one request. */
export const readIdentities = together(() => ask(api.users.identities.get()))
