import type { ResourceType } from '../../shared/schemas/resource-type.ts'
import { t } from '../i18n.ts'
import { Dialog } from '../ui/dialog.tsx'
import { useEdit } from '../ui/edit.tsx'
import { Form } from '../ui/form.tsx'
import { nameType } from './type-name.ts'
import { BufferFields } from './buffer-fields.tsx'
import { toBufferTexts, toTypeBuffers, wordBuffers, type BufferTexts } from './buffers.ts'
import { changeType, readTypeTagged } from './inventory.ts'

/** A type's buffers, for resources without their own. */
export function TypeBuffersDialog(props: {
  type: ResourceType
  close: () => void
  done: () => void
}) {
  const { type, close, done } = props
  const { form, fields } = useEdit<ResourceType, BufferTexts>({
    of: type,
    read: readTypeTagged,
    toFields: toBufferTexts,
    words: wordBuffers,
    send: async (texts, tagged) => {
      await changeType(type, toTypeBuffers(texts), tagged)
      close()
      done()
    },
    stale: done,
  })
  return (
    <Dialog title={`${t('buffers.title')}: ${nameType(type)}`} close={close}>
      <Form form={form} label={t('action.save')} cancel={close}>
        <p>{t('buffers.text')}</p>
        <BufferFields value={fields.value} change={(value) => (fields.value = value)} />
      </Form>
    </Dialog>
  )
}
