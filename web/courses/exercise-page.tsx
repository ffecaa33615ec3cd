import { useSignal } from '@preact/signals'
import { useMemo } from 'preact/hooks'
import type { Exercise } from '../../shared/schemas/course.ts'
import type { Submission, SubmissionSummary } from '../../shared/schemas/submission.ts'
import { t } from '../i18n.ts'
import { lazy } from '../lazy.tsx'
import { useQuery } from '../query.ts'
import { navigate, readQuery, setQuery } from '../router.ts'
import { draftOf } from '../session/draft.ts'
import { Time } from '../ui/time.tsx'
import { Icon } from '../ui/icon.tsx'
import { Failure, Loaded, Loading } from '../ui/state.tsx'
import { notify, notifyError } from '../ui/toast.tsx'
import { Attempts, isOwn } from './attempts.tsx'
import { RemoveButton } from './remove-button.tsx'
import {
  listAttempts,
  mayTeach,
  readAttempt,
  readCourse,
  readExercise,
  regradePath,
  removeExercise,
  submit,
} from './school.ts'
import { StudentAttempt } from './student-attempt.tsx'
import { Verdict } from './verdict.tsx'

const Editor = lazy(() => import('./editor.tsx').then(({ Editor }) => Editor))
const Markdown = lazy(() => import('./markdown.tsx').then(({ Markdown }) => Markdown))

/** The prompt beside the code; runs it and shows each test. */
export function ExercisePage({ code, id }: { code: string; id: string }) {
  const both = useQuery(id, () => Promise.all([readExercise(code, id), readCourse(code)]))
  const attempt = readQuery('attempt')
  return (
    <Loaded query={both}>
      {([found, course]) => (
        <>
          <header class="page-head">
            <div>
              <a href={`/courses/${encodeURIComponent(code)}`}>{code}</a>
              <h1>{found.title}</h1>
            </div>
            {mayTeach(course) && <Actions exercise={found} />}
          </header>
          <div class="columns">
            <div class="stack">
              {mayTeach(course) && attempt && (
                <StudentAttempt key={attempt} exercise={found} id={attempt} />
              )}
              <section class="card">
                <Rules exercise={found} />
                <Markdown text={found.prompt} />
                <Examples exercise={found} />
              </section>
            </div>
            <Answer exercise={found} teaching={mayTeach(course)} />
          </div>
        </>
      )}
    </Loaded>
  )
}

function Actions({ exercise }: { exercise: Exercise }) {
  const { course_code, id, title } = exercise
  const course = `/courses/${encodeURIComponent(course_code)}`
  const remove = async (withAnswers: boolean) => {
    await removeExercise(exercise, withAnswers)
    notify(t('courses.removed', { name: title }))
    navigate(course, { replace: true })
  }
  return (
    <div class="cluster">
      <a class="button" href={`${course}/${id}/edit`}>
        <Icon name="pencil" />
        {t('action.edit')}
      </a>
      <a class="button" href={regradePath(exercise)}>
        {t('regrade.action')}
      </a>
      <RemoveButton name={title} remove={remove} />
    </div>
  )
}

function Rules({ exercise: { language, due, attempts_max, entry } }: { exercise: Exercise }) {
  return (
    <p class="cluster soft">
      <span class="badge accent">{t(`language.${language}`)}</span>
      <span>
        {t('exercise.entry')} <code>{entry}</code>
      </span>
      {due && (
        <span>
          {t('courses.due')} <Time at={due} />
        </span>
      )}
      {attempts_max !== null && <span>{t('exercise.attempts_max', { count: attempts_max })}</span>}
    </p>
  )
}

function Examples({ exercise: { tests, hidden_tests, entry } }: { exercise: Exercise }) {
  return (
    <details>
      <summary>{t('exercise.tests')}</summary>
      <ul class="examples">
        {tests.map(({ name, args, expected }) => (
          <li key={name}>
            {name}
            <br />
            <code>
              {entry}({args.map((one) => JSON.stringify(one)).join(', ')}) →{' '}
              {JSON.stringify(expected)}
            </code>
          </li>
        ))}
      </ul>
      {hidden_tests > 0 && (
        <p class="soft">{t('exercise.hidden_tests', { count: hidden_tests })}</p>
      )}
    </details>
  )
}

function Answer({ exercise, teaching }: { exercise: Exercise; teaching: boolean }) {
  const draft = useMemo(() => draftOf<string>(`answer ${exercise.id}`), [])
  const code = useSignal(draft.read() ?? exercise.starter)
  const running = useSignal(false)
  const verdict = useSignal<Submission | undefined>(undefined)
  const error = useSignal<unknown>(undefined)
  const attempts = useQuery(exercise.id, () => listAttempts(exercise))

  const write = (value: string) => {
    code.value = value
    // Kept until it passes.
    if (value === exercise.starter) draft.drop()
    else draft.keep(value)
  }
  const run = async () => {
    if (running.value) return
    running.value = true
    error.value = undefined
    try {
      const submitted = code.value
      verdict.value = await submit(exercise, submitted)
      if (verdict.value.status === 'pass' && code.value === submitted) draft.drop()
      void attempts.reload()
    } catch (cause) {
      error.value = cause
    }
    running.value = false
  }
  const show = async (one: SubmissionSummary) => {
    // What a student wrote is read beside the answer, never put into it.
    if (!isOwn(one)) return setQuery({ attempt: one.id })
    const attempt = await readAttempt(exercise, one.id)
    verdict.value = attempt
    write(attempt.code)
  }
  return (
    <div class="stack">
      <Editor
        label={t('exercise.answer')}
        language={exercise.language}
        value={code.value}
        change={write}
        run={() => void run()}
      />
      <div class="toolbar">
        <small class="hint">{t('exercise.keys')}</small>
        <div class="cluster push">
          <button type="button" onClick={() => write(exercise.starter)}>
            {t('exercise.reset')}
          </button>
          <button
            type="button"
            class="primary"
            aria-busy={running.value}
            onClick={() => void run()}
          >
            <Icon name="play" />
            {t('exercise.run')}
          </button>
        </div>
      </div>
      <div aria-live="polite">
        {running.value && <Loading />}
        {error.value !== undefined && <Failure error={error.value} />}
        {!running.value && verdict.value && <Verdict submission={verdict.value} />}
      </div>
      <Loaded query={attempts}>
        {(all) => (
          <Attempts all={all} named={teaching} show={(one) => void show(one).catch(notifyError)} />
        )}
      </Loaded>
    </div>
  )
}
