import { useSignal } from '@preact/signals'
import type { ResourceType } from '../../shared/schemas/resource-type.ts'
import { t } from '../i18n.ts'
import { Dialog } from '../ui/dialog.tsx'
import { Form, useForm } from '../ui/form.tsx'
import { nameType } from './type-name.ts'
import { BufferFields } from './buffer-fields.tsx'
import { toBufferTexts, toTypeBuffers } from './buffers.ts'
import { changeType } from './inventory.ts'

/** A type's buffers, for resources without their own. */
export function TypeBuffersDialog(props: {
  type: ResourceType
  close: () => void
  done: () => void
}) {
  const { type, close, done } = props
  const texts = useSignal(toBufferTexts(type))
  const form = useForm(async () => {
    await changeType(type, toTypeBuffers(texts.value))
    close()
    done()
  })
  return (
    <Dialog title={`${t('buffers.title')}: ${nameType(type)}`} close={close}>
      <Form form={form} label={t('action.save')} cancel={close}>
        <p>{t('buffers.text')}</p>
        <BufferFields value={texts.value} change={(value) => (texts.value = value)} />
      </Form>
    </Dialog>
  )
}
