import { useSignal } from '@preact/signals'
import { t } from '../i18n.ts'
import { Confirm } from '../ui/dialog.tsx'
import { notifyError } from '../ui/toast.tsx'
import { isInUse } from './school.ts'

interface RemoveButtonProps {
  name: string
  /** @param withAnswers also removes members' submissions */
  remove: (withAnswers: boolean) => Promise<void>
}

/** Removes after a confirmation, and submissions after a second one. */
export function RemoveButton({ name, remove }: RemoveButtonProps) {
  const asked = useSignal<'plain' | 'answers' | undefined>(undefined)
  const close = () => (asked.value = undefined)
  const question = asked.value
  const run = async (withAnswers: boolean) => {
    try {
      await remove(withAnswers)
    } catch (error) {
      if (isInUse(error)) asked.value = 'answers'
      else notifyError(error)
    }
  }
  return (
    <>
      <button type="button" class="danger" onClick={() => (asked.value = 'plain')}>
        {t('action.remove')}
      </button>
      {question && (
        <Confirm
          key={question}
          title={t('courses.remove_title', { name })}
          text={t(question === 'answers' ? 'courses.remove_answers' : 'courses.remove_text')}
          label={t('action.remove')}
          confirm={() => void run(question === 'answers')}
          close={close}
        />
      )}
    </>
  )
}
