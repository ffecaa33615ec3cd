import { withTexts } from '../i18n.ts'
import { lazy } from '../lazy.tsx'
import { path } from '../router.ts'
import { CoursePage } from './course-page.tsx'
import { ExerciseFormPage } from './exercise-form-page.tsx'
import { ExercisePage } from './exercise-page.tsx'
import { ListPage } from './list-page.tsx'
import { courseTexts } from './texts.ts'

const StudentPage = lazy(() => import('./student-page.tsx').then((it) => it.StudentPage))
const RegradePage = lazy(() => import('./regrade-page.tsx').then((it) => it.RegradePage))

/** `/courses`, `/courses/CSE115`, `/courses/CSE115/{exercise}`, `…/edit`, `…/new`, … */
function Courses() {
  const [, , code, exercise, action] = path.value.split('/').map(decodeURIComponent)
  if (!code) return <ListPage />
  if (!exercise) return <CoursePage key={code} code={code} />
  if (exercise === 'regrade') return <RegradePage code={code} />
  if (exercise === 'new') return <ExerciseFormPage code={code} />
  if (exercise === 'students') return <StudentPage key={action} code={code} member={action ?? ''} />
  if (action === 'edit') return <ExerciseFormPage key={exercise} code={code} id={exercise} />
  return <ExercisePage key={exercise} code={code} id={exercise} />
}

export const load = () => withTexts(Courses, courseTexts)
