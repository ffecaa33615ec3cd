import { useSignal } from '@preact/signals'
import type { Course } from '../../shared/schemas/course.ts'
import { t } from '../i18n.ts'
import { Dialog } from '../ui/dialog.tsx'
import { Field, Form, useForm } from '../ui/form.tsx'
import { changeCourse, createCourse } from './school.ts'

interface CourseDialogProps {
  /** Undefined: a new one. */
  course?: Course
  close: () => void
  done: () => void
}

export function CourseDialog({ course, close, done }: CourseDialogProps) {
  const fields = useSignal(course ?? { code: '', name: '', instructor: '' })
  const form = useForm(async () => {
    await (course ? changeCourse(fields.value) : createCourse(fields.value))
    close()
    done()
  })
  const input = (name: keyof Course) => ({
    label: t(`courses.${name}`),
    value: fields.value[name],
    change: (value: string) => (fields.value = { ...fields.value, [name]: value }),
    required: true,
  })
  return (
    <Dialog title={t(course ? 'courses.edit' : 'courses.add')} close={close}>
      <Form form={form} label={t(course ? 'action.save' : 'courses.add')} cancel={close}>
        {!course && (
          <Field
            {...input('code')}
            maxLength={20}
            pattern="[A-Za-z0-9][A-Za-z0-9._\-]*"
            hint={t('courses.code_hint')}
            autofocus
          />
        )}
        <Field {...input('name')} maxLength={200} />
        <Field {...input('instructor')} maxLength={200} />
      </Form>
    </Dialog>
  )
}
