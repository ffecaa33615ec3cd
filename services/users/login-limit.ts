import { toClientNetwork } from '../../shared/host/client-address.ts'
import type { Context } from '../../shared/context.ts'
import type { Allowance, Attempts } from './attempts.ts'
import { createSealedTokens } from '../../shared/sealed-token.ts'

const window_ms = 60_000
// What one failure past the allowance costs at most.
const costMax_ms = 15 * 60_000
// Of all networks together, as one network alone must not be able to use up an account's.
const accountFactor = 10

/** Who tries to log in, as whom, from where. */
export interface LoginAttempt {
  /** Undefined when there is no such user. */
  userId: string | undefined
  username: string
  /** The client's, empty when it is not known. */
  address: string
  deviceToken: string | undefined
}

/**
 * Limits failed logins: by network first, then by account. A device that was logged in before is
 * counted by itself, so that strangers who fail on purpose keep nobody out (OWASP, "Slow Down
 * Online Guessing Attacks with Device Cookies").
 */
export function createLoginLimit(
  { config, secret, id }: Pick<Context, 'config' | 'secret' | 'id'>,
  attempts: Attempts,
) {
  const devices = createSealedTokens(secret, 'device tokens')
  const allowance = (factor = 1): Allowance => ({
    count: config.limits.login * factor,
    window_ms,
    costMax_ms,
    code: 'too_many_attempts',
    what: 'failed logins',
  })
  const [perNetwork, perAccount] = [allowance(), allowance(accountFactor)]

  function findDevice({ userId, deviceToken }: LoginAttempt): string | undefined {
    const [user, device] = (deviceToken && devices.read(deviceToken)) || []
    return user !== undefined && user === userId ? device : undefined
  }

  return {
    /**
     * Counts an attempt before it is made, as if it failed.
     * @returns takes it back, to be called when it succeeded
     * @throws 429 with `Retry-After` when there were too many
     */
    consume: async (attempt: LoginAttempt): Promise<() => Promise<void>> => {
      const device = findDevice(attempt)
      if (device !== undefined) {
        await attempts.consume(`device:${device}`, perNetwork)
        return () => attempts.clear(`device:${device}`)
      }
      const { address, userId, username } = attempt
      const network = address && `network:${toClientNetwork(address)}`
      const account = `account:${userId ?? username.toLowerCase()}`
      if (network) await attempts.consume(network, perNetwork)
      // What the network was refused does not count here.
      await attempts.consume(account, perAccount)
      return async () => {
        await attempts.clear(account)
        if (network) await attempts.refund(network, perNetwork)
      }
    },
    /**
     * Counts a guess of one's own password by somebody who is logged in: a stolen token is no way
     * to find it out, nor strangers who fail a way to keep its owner from changing it.
     * @throws 429
     */
    consumeOwn: async (userId: string): Promise<() => Promise<void>> => {
      await attempts.consume(`self:${userId}`, perNetwork)
      return () => attempts.clear(`self:${userId}`)
    },
    /** By which the device is known at the next login of this user. */
    deviceTokenFor: (userId: string): string => devices.write([userId, id()]),
  }
}

export type LoginLimit = ReturnType<typeof createLoginLimit>
