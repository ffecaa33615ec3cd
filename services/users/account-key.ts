import type { Caller } from '../../shared/access.ts'
import { toClientNetwork } from '../../shared/host/client-address.ts'
import type { Origin } from '../../shared/host/security-log.ts'
import {
  readIdempotencyKey,
  type IdempotencyKey,
  type IdempotentRequest,
} from '../../shared/idempotency.ts'

interface AccountRequest extends IdempotentRequest {
  body: { password: string }
  caller: Caller
}

/**
 * The idempotency key for creating an account, with a password in the body.
 * @throws as `readIdempotencyKey`
 */
export function readAccountKey(
  { body, headers, path, caller }: AccountRequest,
  origin: Origin,
): IdempotencyKey | undefined {
  // Not even the password's hash is stored with the key.
  const { password: _, ...content } = body
  return readIdempotencyKey({ headers, path, caller: tellApart(caller, origin), body: content })
}

// Strangers have no common identity: the key of one must neither block another nor reveal them.
function tellApart(caller: Caller, { address }: Origin): Caller {
  if (caller.role !== 'anonymous') return caller
  return { ...caller, id: `${caller.id} ${address && toClientNetwork(address)}`.trimEnd() }
}
