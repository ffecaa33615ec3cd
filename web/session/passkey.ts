import {
  browserSupportsWebAuthnAutofill,
  startAuthentication,
  startRegistration,
  WebAuthnAbortService,
  type PublicKeyCredentialCreationOptionsJSON as CreationOptions,
  type PublicKeyCredentialRequestOptionsJSON as RequestOptions,
} from '@simplewebauthn/browser'
import type {
  NewPasskey,
  PasskeyCreation,
  PasskeyProof,
  PasskeyRequest,
} from '../../shared/schemas/passkey.ts'
import { InputError } from '../error-text.ts'
import { t } from '../i18n.ts'

/** Has the device make a passkey. @throws InputError when its owner did not want to, or has one */
export async function makePasskey({ token, options }: PasskeyCreation) {
  const optionsJSON = options as unknown as CreationOptions
  const response = await startRegistration({ optionsJSON }).catch(explain)
  return { token, response: response as NewPasskey['response'] }
}

/**
 * Has somebody show a passkey.
 * @param inField it is offered where a name is typed, until another one is asked for
 * @throws InputError when nobody did
 */
export async function showPasskey(
  { token, options }: PasskeyRequest,
  inField = false,
): Promise<PasskeyProof> {
  const optionsJSON = options as unknown as RequestOptions
  const shown = startAuthentication({ optionsJSON, useBrowserAutofill: inField })
  return { token, response: (await shown.catch(explain)) as PasskeyProof['response'] }
}

/** Whether a browser offers passkeys where a name is typed. */
export const canOfferInField = browserSupportsWebAuthnAutofill

export function stopOffering(): void {
  WebAuthnAbortService.cancelCeremony()
}

function explain(error: Error): never {
  // WebAuthn section 5.1.3: one that is excluded.
  if (error.name === 'InvalidStateError') throw new InputError(t('passkeys.known'))
  throw new InputError(t('passkeys.cancelled'))
}
