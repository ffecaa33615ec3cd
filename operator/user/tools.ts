import type { UsersApi } from '../../services/users/index.ts'
import type { Client } from '../../shared/host/client.ts'
import type { User } from '../../shared/schemas/user.ts'

interface Answer<T> {
  data: T | null
  error: { value: unknown } | null
}

/** Shared by the commands about accounts. */
export interface Tools {
  api: Client<UsersApi>['api']
  /** @throws Error if there is none */
  findUser: (username: string) => Promise<User>
  /** @throws Error with the problem's detail */
  requireData: <T>(answer: Answer<T>) => T
  /**
   * Reads standard input: a secret in a command's arguments is visible to all users of the machine.
   */
  readInput: () => Promise<string>
  /** Writes a line at once, as a list may be larger than memory. */
  print: (line: string) => void
}
