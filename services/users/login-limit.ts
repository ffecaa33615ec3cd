import { toClientNetwork } from '../../shared/host/client-address.ts'
import type { Context } from '../../shared/context.ts'
import type { Allowance, Attempts } from './attempts.ts'
import { createSealedTokens } from '../../shared/sealed-token.ts'
import { minute_ms } from '../../shared/duration.ts'

const window_ms = minute_ms
// The most one failure beyond the allowance costs.
const costMax_ms = 15 * minute_ms
// Across all networks, since one network alone must not exhaust an account's allowance.
const accountFactor = 10

/** A login attempt: who, as whom, from where. */
export interface LoginAttempt {
  /** Undefined for an unknown user. */
  userId: string | undefined
  username: string
  /** The client's address; empty if unknown. */
  address: string
  deviceToken: string | undefined
}

/**
 * Limits failed logins: by network first, then by account. A device that has logged in before has
 * its own allowance, so that strangers cannot lock anybody out by failing on purpose (OWASP, "Slow
 * Down Online Guessing Attacks with Device Cookies").
 */
export function createLoginLimit(
  { config, secret, id }: Pick<Context, 'config' | 'secret' | 'id'>,
  attempts: Attempts,
) {
  const devices = createSealedTokens(secret, 'device tokens')
  const allowance = (factor = 1): Allowance => ({
    count: config.LOGIN_LIMIT_PER_MINUTE * factor,
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
     * Counts an attempt in advance, as if it failed.
     * @returns takes it back; to be called on success
     * @throws 429 with `Retry-After` above the limit
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
      // Attempts refused by network do not count here.
      await attempts.consume(account, perAccount)
      return async () => {
        await attempts.clear(account)
        if (network) await attempts.refund(network, perNetwork)
      }
    },
    /**
     * Counts a logged-in user's guess of their own password: a stolen token must not help to find
     * it, and failing strangers must not keep its owner from changing it.
     * @throws 429
     */
    consumeOwn: async (userId: string): Promise<() => Promise<void>> => {
      await attempts.consume(`self:${userId}`, perNetwork)
      return () => attempts.clear(`self:${userId}`)
    },
    /** Identifies the device at this user's next login. */
    deviceTokenFor: (userId: string): string => devices.write([userId, id()]),
  }
}

export type LoginLimit = ReturnType<typeof createLoginLimit>
