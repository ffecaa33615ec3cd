import { t } from '../i18n.ts'
import { nameOf } from '../people/names.ts'
import { PersonPicker } from '../people/person-picker.tsx'

interface TeachersFieldProps {
  ids: string[]
  change: (ids: string[]) => void
}

/** Who teaches a course. */
export function TeachersField({ ids, change }: TeachersFieldProps) {
  return (
    <>
      {ids.length > 0 && (
        <div class="field">
          <span class="label">{t('courses.teachers')}</span>
          <ul class="rows" aria-label={t('courses.teachers')}>
            {ids.map((id) => (
              <li key={id}>
                <span class="grow">{nameOf(id)}</span>
                <button
                  type="button"
                  class="small"
                  onClick={() => change(ids.filter((it) => it !== id))}
                >
                  {t('action.remove')}
                  <span class="visually-hidden">{nameOf(id)}</span>
                </button>
              </li>
            ))}
          </ul>
        </div>
      )}
      <PersonPicker
        label={t('courses.add_teacher')}
        change={(id) => change([...new Set([...ids, id])])}
        hint={t('courses.teachers_hint')}
      />
    </>
  )
}
