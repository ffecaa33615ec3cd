import type { Caller } from '../../../shared/access.ts'
import type { Context } from '../../../shared/context.ts'
import { toClientNetwork } from '../../../shared/host/client-address.ts'
import type { Origin, SecurityLog } from '../../../shared/host/security-log.ts'
import { ProblemError } from '../../../shared/problem.ts'
import type {
  BegunSignIn,
  Identity,
  SignInCallback,
  SignInCode,
} from '../../../shared/schemas/identity-provider.ts'
import type { Tokens } from '../../../shared/schemas/user.ts'
import { createFindUser } from '../find-user.ts'
import type { Allowance, Attempts } from '../attempts.ts'
import { accountDisabled } from '../disabled.ts'
import type { FreshSignIns } from '../fresh-sign-in.ts'
import type { Links } from '../links.ts'
import type { Logins } from '../logins.ts'
import type { OwnPassword } from '../own-password.ts'
import type { SecondFactor } from '../second-factor/second-factor.ts'
import type { UserRow, UsersTables } from '../tables.ts'
import type { Claims } from './claims.ts'
import { createConfirming } from './confirming.ts'
import { isAway, providerUnavailable, toReason } from './connection.ts'
import { createProof, type Exchange } from './exchange.ts'
import type { Flow, Flows } from './flows.ts'
import type { ApplyGroups } from './group-mapping.ts'
import type { Identities, Link } from './identities.ts'
import type { Newcomers } from './newcomers.ts'
import type { Providers } from './providers.ts'
import type { ProviderRow } from './tables.ts'
import { day_ms, minute_ms } from '../../../shared/duration.ts'

// After that the provider is asked again for the user and their groups.
const signInLife_ms = 30 * day_ms
// Each callback causes a request to the provider; an honest user needs one.
const returns: Allowance = {
  count: 30,
  window_ms: minute_ms,
  costMax_ms: 15 * minute_ms,
  code: 'too_many_attempts',
  what: 'failed sign-ins',
}

export interface SignInsOptions {
  applyGroups: ApplyGroups
  attempts: Attempts
  exchange: Exchange
  flows: Flows
  freshSignIns: FreshSignIns
  identities: Identities
  links: Links
  logins: Logins
  newcomers: Newcomers
  providers: Providers
  requireOwnPassword: OwnPassword
  secondFactor: SecondFactor
  security: SecurityLog
}

interface OwnRequest {
  caller: Caller
  origin: Origin
}

/** Signing in by a provider, and connecting one to an account, from the button to the tokens. */
export function createSignIns(
  { store, config, clock }: Pick<Context, 'store' | 'config' | 'clock'>,
  tables: UsersTables,
  options: SignInsOptions,
) {
  const { applyGroups, attempts, exchange, flows, identities, links, logins } = options
  const { newcomers, providers, requireOwnPassword, secondFactor, security } = options
  const findUser = createFindUser({ store }, tables)

  /** @throws 503 if the provider is unavailable, 403 for any other fault of it */
  async function ask<T>(provider: ProviderRow, origin: Origin, run: () => Promise<T>): Promise<T> {
    try {
      return await run()
    } catch (error) {
      const reason = toReason(error)
      security('sign_in_refused', { actor: 'anonymous', provider: provider.id, reason, origin })
      throw isAway(reason) ? providerUnavailable(provider.name) : refused(provider.name)
    }
  }

  async function begin(
    provider: ProviderRow,
    { purpose, user, origin }: Pick<Flow, 'purpose' | 'user'> & { origin: Origin },
  ): Promise<BegunSignIn> {
    const proof = createProof()
    const home = links.requireOrigin()
    const asked = { ...proof, isAgain: purpose === 'confirm' }
    const url = await ask(provider, origin, () => exchange.begin(provider, asked, home))
    return { url, flow: await flows.begin({ ...proof, purpose, provider: provider.id, user }) }
  }

  /** @throws 400 unless it is an unused flow of this browser and provider */
  async function readReturn(body: SignInCallback, purpose: Flow['purpose'], origin: Origin) {
    const network = origin.address && `sign-in:${toClientNetwork(origin.address)}`
    const allowance = { ...returns, count: config.LOGIN_LIMIT_PER_MINUTE === 0 ? 0 : returns.count }
    if (network) await attempts.consume(network, allowance)
    const about = { actor: 'anonymous', provider: body.provider_id, origin }
    const refuse = (error: unknown) => {
      security('sign_in_refused', { ...about, reason: 'sign_in_invalid' })
      throw error
    }
    const flow = await flows.read(body.flow, purpose, body.provider_id).catch(refuse)
    await flows.use(flow).catch(refuse)
    const provider = await providers.find(flow.provider)
    const returned = { query: body.query, origin: links.requireOrigin() }
    const claims = await ask(provider, origin, () => exchange.complete(provider, flow, returned))
    const refund = async () => {
      if (network) await attempts.refund(network, allowance)
    }
    return { flow, provider, claims, refund }
  }

  async function complete(body: SignInCallback, origin: Origin): Promise<Tokens> {
    const { provider, claims, refund } = await readReturn(body, 'sign_in', origin)
    const link = { provider: provider.id, subject: claims.subject }
    const found = await recognise(provider, claims, origin)
    await refund()
    if (claims.groups) {
      const { groups: values } = claims
      await applyGroups({ user: found, provider: provider.id, values, origin })
    }
    const user = await findUser(found.id)
    const isAsked = claims.hasSecondFactor || provider.asks_second_factor === 1
    if (!isAsked) await requireFactor(user, link, origin)
    return finish(user, { provider, link, origin })
  }

  async function recognise(provider: ProviderRow, claims: Claims, origin: Origin) {
    const link = { provider: provider.id, subject: claims.subject }
    try {
      const known = await identities.findUser(link)
      const user = known ?? (await newcomers.admit(provider, claims, origin))
      if (user.disabled !== null) throw accountDisabled()
      return user
    } catch (error) {
      const reason = error instanceof ProblemError ? error.code : 'unknown'
      security('sign_in_refused', { actor: 'anonymous', provider: provider.id, reason, origin })
      throw error
    }
  }

  // The provider's response is used up: the browser continues with a flow that names the user.
  async function requireFactor(user: UserRow, link: Link, origin: Origin): Promise<void> {
    await secondFactor
      .requireAtLogin(user, {}, { origin, succeed: async () => {} })
      .catch(async (error: unknown) => {
        if (!(error instanceof ProblemError) || error.status !== 401) throw error
        const { status, code, message: detail, members, headers } = error
        const flow = await flows.begin({
          purpose: 'code',
          provider: link.provider,
          user: user.id,
          state: '',
          nonce: link.subject,
          verifier: '',
        })
        throw new ProblemError({ status, code, detail, headers, members: { ...members, flow } })
      })
  }

  async function finish(
    user: UserRow,
    { provider, link, origin }: { provider: ProviderRow; link: Link; origin: Origin },
  ): Promise<Tokens> {
    const guard = identities.isStill(link, user.id)
    const ends = clock() + signInLife_ms
    const detail = { provider: provider.id }
    const tokens = await logins.begin(user, { origin, guard, ends, detail })
    if (!tokens) {
      const reason = 'login_refused'
      security('sign_in_refused', { actor: 'anonymous', provider: provider.id, reason, origin })
      throw refused(provider.name)
    }
    const home = links.requireOrigin()
    const log_out_url = await exchange.findLogOut(provider, home).catch(() => undefined)
    return { ...tokens, ...(log_out_url !== undefined && { log_out_url }) }
  }

  return {
    ...createConfirming({ begin, readReturn }, options),
    /** @throws 404; 409 without PUBLIC_URL; 503 if the provider is unavailable */
    begin: async (id: string, origin: Origin): Promise<BegunSignIn> =>
      begin(await providers.find(id), { purpose: 'sign_in', user: '', origin }),
    /**
     * @throws 400 if it was begun elsewhere; 401 `second_factor_…_required` with a new `flow`; 403
     * if it is refused or there is no account; 409 if an account blocks it; 429; 503
     */
    complete,
    /** @throws as `complete`; 403 for a wrong code */
    completeWithCode: async (body: SignInCode, origin: Origin): Promise<Tokens> => {
      const { flow: text, ...shown } = body
      const flow = await flows.read(text, 'code')
      const [user, provider] = [await findUser(flow.user), await providers.find(flow.provider)]
      const succeed = async () => {}
      const recovery_codes = await secondFactor.requireAtLogin(user, shown, { origin, succeed })
      const link = { provider: flow.provider, subject: flow.nonce }
      const tokens = await finish(user, { provider, link, origin })
      return { ...tokens, ...(recovery_codes.length > 0 && { recovery_codes }) }
    },
    /** For the logged-in user. @throws as `begin`; 403 for a wrong password */
    beginConnecting: async (
      { provider_id, current_password }: { provider_id: string; current_password: string },
      { caller, origin }: OwnRequest,
    ): Promise<BegunSignIn> => {
      const provider = await providers.find(provider_id)
      await requireOwnPassword(await findUser(caller.id), current_password, origin)
      return begin(provider, { purpose: 'connect', user: caller.id, origin })
    },
    /** @throws 400 if another user began it, 403, 409 if it is connected to another account; 503 */
    connect: async (body: SignInCallback, { caller, origin }: OwnRequest): Promise<Identity> => {
      const { flow, provider, claims, refund } = await readReturn(body, 'connect', origin)
      // The tab may have stayed open while another user logged in.
      if (flow.user !== caller.id) throw refused(provider.name)
      await refund()
      const link = { provider: provider.id, subject: claims.subject }
      return identities.connect(link, { user: caller.id, name: provider.name, origin })
    },
  }
}

/** What all of them share. */
export interface SignInSteps {
  begin: (
    provider: ProviderRow,
    about: Pick<Flow, 'purpose' | 'user'> & { origin: Origin },
  ) => Promise<BegunSignIn>
  /** @throws 400 unless it is an unused flow of this browser and provider */
  readReturn: (
    body: SignInCallback,
    purpose: Flow['purpose'],
    origin: Origin,
  ) => Promise<{
    flow: Flow
    provider: ProviderRow
    claims: Claims
    /** It was not a guess, so it does not count. */
    refund: () => Promise<void>
  }>
}

function refused(name: string): ProblemError {
  const detail = `${name} did not confirm who you are. Try again, or ask an administrator.`
  return new ProblemError({ status: 403, code: 'sign_in_refused', detail })
}
