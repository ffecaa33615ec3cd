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

/** Creates a passkey on the device. @throws InputError if the user declined, or has one there */
export async function makePasskey({ token, options }: PasskeyCreation) {
  const optionsJSON = options as unknown as CreationOptions
  const response = await startRegistration({ optionsJSON }).catch(explain)
  return { token, response: response as NewPasskey['response'] }
}

/**
 * Asks for a passkey.
 * @param inField offers it in the name field, until another request
 * @throws InputError if none was used
 */
export async function showPasskey(
  { token, options }: PasskeyRequest,
  inField = false,
): Promise<PasskeyProof> {
  const optionsJSON = options as unknown as RequestOptions
  const shown = startAuthentication({ optionsJSON, useBrowserAutofill: inField })
  return { token, response: (await shown.catch(explain)) as PasskeyProof['response'] }
}

/** Whether the browser offers passkeys in the name field. */
export const canOfferInField = browserSupportsWebAuthnAutofill

export function stopOffering(): void {
  WebAuthnAbortService.cancelCeremony()
}

function explain(error: Error): never {
  // WebAuthn section 5.1.3: the device already has an excluded one.
  if (error.name === 'InvalidStateError') throw new InputError(t('passkeys.known'))
  throw new InputError(t('passkeys.cancelled'))
}
