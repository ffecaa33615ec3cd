import { useEffect } from 'preact/hooks'
import type { PasskeyRequest } from '../../shared/schemas/passkey.ts'
import { t } from '../i18n.ts'
import { Form, useForm } from '../ui/form.tsx'
import { canOfferInField, showPasskey, stopOffering } from './passkey.ts'
import { sendUnsigned, signInWithPasskey } from './session.ts'

// A challenge is too old after five minutes.
const askAgainAfter_ms = 4 * 60_000

const begin = () => sendUnsigned<PasskeyRequest>('/api/login/passkey/options', {})

/** Signs in with a passkey: by a button, and in the name field. */
export function PasskeySignIn() {
  useEffect(offerInField, [])
  const form = useForm(async () => signInWithPasskey(await showPasskey(await begin())))
  return <Form form={form} label={t('passkeys.use')} plain />
}

/** @returns stops offering it */
function offerInField(): () => void {
  let isOver = false
  let timer: ReturnType<typeof setTimeout> | undefined
  const offer = async () => {
    if (isOver || !(await canOfferInField())) return
    timer = setTimeout(() => void offer(), askAgainAfter_ms)
    const proof = await showPasskey(await begin(), true)
    if (!isOver) await signInWithPasskey(proof)
  }
  // The button reports why its options could not be loaded.
  void offer().catch(() => {})
  return () => {
    isOver = true
    clearTimeout(timer)
    stopOffering()
  }
}
