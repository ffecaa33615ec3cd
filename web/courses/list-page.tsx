import { useSignal } from '@preact/signals'
import { t } from '../i18n.ts'
import { useQuery } from '../query.ts'
import { readQuery } from '../router.ts'
import { isAdmin } from '../session/session.ts'
import { Icon } from '../ui/icon.tsx'
import { Search } from '../ui/search.tsx'
import { Empty, Loaded } from '../ui/state.tsx'
import { CourseDialog } from './course-dialog.tsx'
import { listCourses } from './school.ts'

export function ListPage() {
  const q = readQuery('q')
  const courses = useQuery(q, () => listCourses(q))
  const adding = useSignal(false)
  return (
    <>
      <header class="page-head">
        <h1>{t('page.courses')}</h1>
        <Search label={t('courses.search')} />
        {isAdmin.value && (
          <button type="button" class="primary" onClick={() => (adding.value = true)}>
            <Icon name="plus" />
            {t('courses.add')}
          </button>
        )}
      </header>
      <Loaded query={courses}>
        {(all) =>
          all.length === 0 ? (
            <Empty icon="courses" title={t('courses.none')} />
          ) : (
            <ul class="cards">
              {all.map(({ code, name, instructor }) => (
                <li key={code} class="card">
                  <span class="badge">{code}</span>
                  <h2>
                    <a class="title" href={`/courses/${encodeURIComponent(code)}`}>
                      {name}
                    </a>
                  </h2>
                  <p class="soft">{instructor}</p>
                </li>
              ))}
            </ul>
          )
        }
      </Loaded>
      {adding.value && (
        <CourseDialog close={() => (adding.value = false)} done={() => void courses.reload()} />
      )}
    </>
  )
}
