import { useSignal } from '@preact/signals'
import type { Course } from '../../shared/schemas/course.ts'
import { t } from '../i18n.ts'
import { navigate } from '../router.ts'
import { isAdmin } from '../session/session.ts'
import { Icon } from '../ui/icon.tsx'
import { notify } from '../ui/toast.tsx'
import { CourseDialog } from './course-dialog.tsx'
import { RemoveButton } from './remove-button.tsx'
import { removeCourse } from './school.ts'

interface CourseActionsProps {
  course: Course
  changed: () => void
}

/** A teacher adds exercises; the course itself is the administrators'. */
export function CourseActions({ course, changed }: CourseActionsProps) {
  const editing = useSignal(false)
  const remove = async (withAnswers: boolean) => {
    await removeCourse(course.code, withAnswers)
    notify(t('courses.removed', { name: course.name }))
    navigate('/courses', { replace: true })
  }
  return (
    <div class="cluster">
      <a class="button primary" href={`/courses/${encodeURIComponent(course.code)}/new`}>
        <Icon name="plus" />
        {t('exercise.add')}
      </a>
      {isAdmin.value && (
        <>
          <button type="button" onClick={() => (editing.value = true)}>
            <Icon name="pencil" />
            {t('action.edit')}
          </button>
          <RemoveButton name={course.name} remove={remove} />
        </>
      )}
      {editing.value && (
        <CourseDialog course={course} close={() => (editing.value = false)} done={changed} />
      )}
    </div>
  )
}
