import type { Course } from '../../shared/schemas/course.ts'
import { t } from '../i18n.ts'
import { Dialog } from '../ui/dialog.tsx'
import { useEdit } from '../ui/edit.tsx'
import { Field, Form } from '../ui/form.tsx'
import { changeCourse, createCourse, readCourseTagged } from './school.ts'

interface CourseDialogProps {
  /** Undefined: a new one. */
  course?: Course
  close: () => void
  done: () => void
}

export function CourseDialog({ course, close, done }: CourseDialogProps) {
  const { form, fields, set } = useEdit<Course, Course>({
    of: course,
    read: ({ code }) => readCourseTagged(code),
    toFields: (shown) => shown ?? { code: '', name: '', instructor: '' },
    words: ({ name, instructor }) => [
      [t('courses.name'), name],
      [t('courses.instructor'), instructor],
    ],
    send: async (typed, tagged) => {
      await (course ? changeCourse(typed, tagged) : createCourse(typed, tagged))
      close()
      done()
    },
    ...(course && { stale: done }),
  })
  const input = (name: keyof Course) => ({
    label: t(`courses.${name}`),
    value: fields.value[name],
    change: (value: string) => set({ [name]: value }),
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
