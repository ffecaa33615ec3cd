import { toClientSite } from '../../shared/host/client-address.ts'
import type { Context } from '../../shared/context.ts'
import type { Origin } from '../../shared/host/security-log.ts'
import type { Allowance, Attempts } from './attempts.ts'
import { hour_ms } from '../../shared/duration.ts'

// For all sites together.
const allFactor = 10

/** Limits accounts and invitation links requested by strangers: by site, and in total. */
export function createSignUpLimit({ config }: Pick<Context, 'config'>, attempts: Attempts) {
  const { SIGN_UP_LIMIT_PER_HOUR: perHour } = config
  const [perSite, inAll] = [allow(perHour), allow(perHour * allFactor)]
  /** @throws 429 */
  return async ({ address }: Origin): Promise<void> => {
    if (address) await attempts.consume(`sign-up:${toClientSite(address)}`, perSite)
    await attempts.consume('sign-up', inAll)
  }
}

export type SignUpLimit = ReturnType<typeof createSignUpLimit>

// Each costs the same, even beyond the allowance.
function allow(count: number): Allowance {
  return {
    count,
    window_ms: hour_ms,
    costMax_ms: hour_ms / count,
    code: 'too_many_sign_ups',
    what: 'sign-ups from this network',
  }
}
