import { bulkhead, BulkheadRejectedError } from 'cockatiel'
import { availableParallelism } from 'node:os'
import { unavailable } from '../../shared/problem.ts'

// OWASP Password Storage: argon2id with 19 MiB, 2 passes, 1 lane.
const cost = { algorithm: 'argon2id', memoryCost: 19_456, timeCost: 2 } as const
// A hash of that cost, which no password is known to have.
const nobodys = [
  '$argon2id$v=19',
  `m=${cost.memoryCost},t=${cost.timeCost},p=1`,
  'A'.repeat(43), // salt
  'A'.repeat(43),
].join('$')
// One core stays free for other work.
const atOnceMax = Math.max(1, availableParallelism() - 1)
// About four seconds of work; by then a client has given up.
const waitingMax = 128
// New accounts and logins never wait for each other.
const newAtOnceMax = 1

export const hashPassword = (password: string) => Bun.password.hash(password, cost)

/** Hashes and verifies passwords, as many at once as cores allow. */
export function createPasswords(hashOne: (password: string) => Promise<string>) {
  const queue = bulkhead(atOnceMax, waitingMax)
  const newQueue = bulkhead(newAtOnceMax, waitingMax)

  async function run<T>(work: () => Promise<T>, within = queue): Promise<T> {
    try {
      return await within.execute(work)
    } catch (error) {
      if (!(error instanceof BulkheadRejectedError)) throw error
      throw within === queue
        ? unavailable('too_many_logins', 'Too many logins at once. Retry.')
        : unavailable('too_many_sign_ups', 'Too many sign-ups at once. Retry.')
    }
  }

  const toHash = (password: string) => () => hashOne(toForm(password))

  /** @throws 503 when too many are waiting */
  const hash = (password: string) => run(toHash(password))

  /** Hashes the password of a new account. @throws 503 when too many of those are waiting */
  const hashNew = (password: string) => run(toHash(password), newQueue)

  /**
   * @param known undefined for an unknown user, which takes just as long
   * @throws 503 when too many are waiting
   */
  async function verify(password: string, known: string | undefined): Promise<boolean> {
    const isRight = await run(() => Bun.password.verify(toForm(password), known ?? nobodys))
    return isRight && known !== undefined
  }

  return { hash, hashNew, verify }
}

export type Passwords = ReturnType<typeof createPasswords>

// One form, however a keyboard composes its letters: RFC 8265 section 4.2.2.
function toForm(password: string): string {
  return password.normalize('NFC')
}
