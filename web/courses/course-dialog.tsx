import type { Course } from '../../shared/schemas/course.ts'
import { t } from '../i18n.ts'
import { Dialog } from '../ui/dialog.tsx'
import { useEdit } from '../ui/edit.tsx'
import { Field, Form } from '../ui/form.tsx'
import { nameOf } from '../people/names.ts'
import { changeCourse, createCourse, readCourseTagged } from './school.ts'
import { TeachersField } from './teachers-field.tsx'

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
    toFields: (shown) => shown ?? { code: '', name: '', instructor: '', teachers: [] },
    written: (typed) => ({ ...typed, teachers: typed.teachers.toSorted() }),
    words: ({ name, instructor, teachers }) => [
      [t('courses.name'), name],
      [t('courses.instructor'), instructor],
      [t('courses.teachers'), teachers.map(nameOf).join(', ')],
    ],
    send: async (typed, tagged) => {
      await (course ? changeCourse(typed, tagged) : createCourse(typed, tagged))
      close()
      done()
    },
    ...(course && { stale: done }),
  })
  const input = (name: Exclude<keyof Course, 'teachers'>) => ({
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
        <Field {...input('instructor')} maxLength={200} hint={t('courses.instructor_hint')} />
        <TeachersField ids={fields.value.teachers} change={(teachers) => set({ teachers })} />
      </Form>
    </Dialog>
  )
}
