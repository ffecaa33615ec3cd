import { Type, type Static } from '@sinclair/typebox'
import { Value } from '@sinclair/typebox/value'
import type { Context } from '../../../shared/context.ts'
import type { Prunable } from '../../../shared/host/prune.ts'
import { ProblemError } from '../../../shared/problem.ts'
import { createSealedTexts } from '../../../shared/sealed-text.ts'
import type { UsersTables } from '../tables.ts'
import { minute_ms } from '../../../shared/duration.ts'

// Long enough to find a phone; a tab found open tomorrow starts over.
export const flowLife_ms = 10 * minute_ms

const Flow = Type.Object({
  id: Type.String(),
  /** `code`: the provider has authenticated the user; the second factor is still missing. */
  purpose: Type.Union([
    Type.Literal('sign_in'),
    Type.Literal('connect'),
    Type.Literal('confirm'),
    Type.Literal('code'),
  ]),
  provider: Type.String(),
  /** The user who connects or confirms it, or who is to show the second factor. */
  user: Type.String(),
  state: Type.String(),
  nonce: Type.String(),
  verifier: Type.String(),
  expires: Type.Number(),
})
export type Flow = Static<typeof Flow>

/**
 * Sign-ins in progress. Their state is sealed and kept by the browser that began them: luring
 * somebody to a callback fails without that browser's flow, and strangers who begin many create no
 * rows. A completed one is marked as used in the database.
 */
export function createFlows(
  { store, clock, id: newId, secret }: Pick<Context, 'store' | 'clock' | 'id' | 'secret'>,
  { usedSignIns }: UsersTables,
) {
  const sealed = createSealedTexts(secret, 'sign-ins')

  return {
    begin: (known: Omit<Flow, 'id' | 'expires'>): Promise<string> =>
      sealed.seal(JSON.stringify({ ...known, id: newId(), expires: clock() + flowLife_ms })),
    /** @throws 400 unless we sealed it, for this purpose and provider, and it has not expired */
    read: async (text: string, purpose: Flow['purpose'], provider?: string): Promise<Flow> => {
      const opened = await sealed.open(text).catch(() => undefined)
      const flow: unknown = opened && JSON.parse(opened.text)
      if (!Value.Check(Flow, flow)) throw flowInvalid()
      if (flow.purpose !== purpose || flow.expires <= clock()) throw flowInvalid()
      if (provider !== undefined && flow.provider !== provider) throw flowInvalid()
      return flow
    },
    /** @throws 400 if it was used before: of two simultaneous uses one succeeds */
    use: async ({ id, expires }: Flow): Promise<void> => {
      const used = await store.db
        .insert(usedSignIns)
        .values({ id, expires })
        .onConflictDoNothing()
        .returning()
      if (used.length === 0) throw flowInvalid()
    },
    prunable: {
      name: 'sign-ins that came back',
      table: usedSignIns,
      key: usedSignIns.id,
      since: usedSignIns.expires,
      keepFor_ms: 0,
    } satisfies Prunable,
  }
}

export type Flows = ReturnType<typeof createFlows>

function flowInvalid(): ProblemError {
  return new ProblemError({
    status: 400,
    code: 'sign_in_invalid',
    detail: 'This sign-in was begun elsewhere, was used already, or has expired. Begin again.',
  })
}
