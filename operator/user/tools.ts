import type { UsersApi } from '../../services/users/index.ts'
import type { Client } from '../../shared/host/client.ts'
import type { User } from '../../shared/schemas/user.ts'

interface Answer<T> {
  data: T | null
  error: { value: unknown } | null
}

/** What the commands about accounts share. */
export interface Tools {
  api: Client<UsersApi>['api']
  /** @throws Error when there is none */
  findUser: (username: string) => Promise<User>
  /** @throws Error with the problem's detail */
  requireData: <T>(answer: Answer<T>) => T
  /** What is piped in: a secret among the words of a command is seen by all on the machine. */
  readInput: () => Promise<string>
  /** A line of output, at once: a list may be longer than what fits into memory. */
  print: (line: string) => void
}
