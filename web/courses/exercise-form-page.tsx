import { useMemo } from 'preact/hooks'
import type { Exercise, Language, NewExercise, NewTest } from '../../shared/schemas/course.ts'
import { t } from '../i18n.ts'
import { lazy } from '../lazy.tsx'
import { draftOf } from '../session/draft.ts'
import { useQuery } from '../query.ts'
import { navigate } from '../router.ts'
import { describeInput, fromInputTime, toInputTime } from '../time.ts'
import { useEdit, type Typed, type Words } from '../ui/edit.tsx'
import { Choice, Field, Form, TextArea } from '../ui/form.tsx'
import { Loaded } from '../ui/state.tsx'
import { TimeField } from '../ui/time-field.tsx'
import { notify } from '../ui/toast.tsx'
import {
  addExercise,
  changeExercise,
  readExercise,
  readExerciseTagged,
  regradePath,
} from './school.ts'
import {
  describeTest,
  emptyTest,
  TestsEditor,
  toFields,
  toTest,
  toWritten,
  type TestFields,
} from './tests-editor.tsx'

const Markdown = lazy(() => import('./markdown.tsx').then(({ Markdown }) => Markdown))
const Editor = lazy(() => import('./editor.tsx').then(({ Editor }) => Editor))
const languages = ['javascript', 'typescript', 'python'] as const

const blank: NewExercise = {
  title: '',
  prompt: '',
  language: 'javascript',
  entry: 'solve',
  starter: 'function solve() {\n}\n',
  tests: [],
}

/** The form for exercises, with the prompt as members will see it. */
export function ExerciseFormPage({ code, id }: { code: string; id?: string }) {
  const exercise = useQuery<Exercise | undefined>(`${code} ${id}`, async () =>
    id ? readExercise(code, id) : undefined,
  )
  if (!id) return <ExerciseForm code={code} />
  return (
    <Loaded query={exercise}>
      {(found) => found && <ExerciseForm code={code} exercise={found} />}
    </Loaded>
  )
}

interface ExerciseFormProps {
  code: string
  /** Undefined: a new one. */
  exercise?: Exercise
}

function ExerciseForm({ code, exercise }: ExerciseFormProps) {
  const back = `/courses/${encodeURIComponent(code)}`
  const draft = useMemo(() => draftOf<Typed<Fields>>(`exercise ${exercise?.id ?? code}`), [])
  const { form, fields, set, discard } = useEdit<Exercise, Fields>({
    draft,
    of: exercise,
    read: ({ id }) => readExerciseTagged(code, id),
    toFields: (shown) => toExerciseFields(shown ?? blank),
    written: (typed) => ({ ...typed, tests: typed.tests.map(toWritten) }),
    words: describe,
    send: async ({ due, attempts_max, tests, ...rest }, tagged) => {
      const body: NewExercise = {
        ...rest,
        tests: tests.map(toTest),
        due: fromInputTime(due)?.toISOString() ?? null,
        attempts_max: attempts_max ? Number(attempts_max) : null,
      }
      const saved = await (exercise
        ? changeExercise(exercise, body, tagged)
        : addExercise(code, body, tagged))
      navigate(`${back}/${saved.id}`)
      if (exercise && describeTests(saved.tests) !== describeTests(exercise.tests)) {
        const run = () => navigate(regradePath(saved))
        notify(t('regrade.saved'), { label: t('regrade.action'), run })
      }
    },
  })
  return (
    <>
      <h1>{t(exercise ? 'exercise.edit' : 'exercise.add')}</h1>
      {discard && <Kept discard={discard} />}
      <Form form={form} label={t('action.save')} cancel={() => navigate(back)}>
        <div class="pair">
          <Field
            label={t('exercise.title')}
            value={fields.value.title}
            change={(value) => set({ title: value })}
            maxLength={200}
            required
          />
          <Choice
            label={t('exercise.language')}
            value={fields.value.language}
            change={(value) => set({ language: value as Language })}
            options={languages.map((value) => ({ value, label: t(`language.${value}`) }))}
          />
          <Field
            label={t('exercise.entry_name')}
            value={fields.value.entry}
            change={(value) => set({ entry: value })}
            pattern="[A-Za-z_][A-Za-z0-9_]{0,49}"
            required
          />
        </div>
        <Prompt value={fields.value.prompt} change={(value) => set({ prompt: value })} />
        <div class="field">
          <span class="label">{t('exercise.starter')}</span>
          <Editor
            label={t('exercise.starter')}
            language={fields.value.language}
            value={fields.value.starter}
            change={(value) => set({ starter: value })}
            run={() => {}}
          />
        </div>
        <TestsEditor tests={fields.value.tests} change={(tests) => set({ tests })} />
        <Limits value={fields.value} change={set} />
      </Form>
    </>
  )
}

/** What was typed before is in the form. */
function Kept({ discard }: { discard: () => void }) {
  return (
    <div class="notice" role="status">
      <p>{t('exercise.kept')}</p>
      <button type="button" onClick={discard}>
        {t('exercise.discard')}
      </button>
    </div>
  )
}

interface Fields extends Limit {
  title: string
  language: Language
  entry: string
  prompt: string
  starter: string
  tests: TestFields[]
}

function toExerciseFields({ due, attempts_max, tests, ...exercise }: NewExercise): Fields {
  const { title, language, entry = 'solve', prompt, starter = '' } = exercise
  return {
    title,
    language,
    entry,
    prompt,
    starter,
    due: due ? toInputTime(new Date(due)) : '',
    attempts_max: String(attempts_max ?? ''),
    tests: tests.length > 0 ? tests.map(toFields) : [emptyTest()],
  }
}

const describeTests = (tests: NewTest[]) => JSON.stringify(tests.map(toFields))

function describe(fields: Fields): Words {
  return [
    [t('exercise.title'), fields.title],
    [t('exercise.language'), t(`language.${fields.language}`)],
    [t('exercise.entry_name'), fields.entry],
    [t('exercise.prompt'), fields.prompt],
    [t('exercise.starter'), fields.starter],
    [t('exercise.tests'), fields.tests.map(describeTest).join('\n')],
    [t('exercise.due'), describeInput(fields.due)],
    [t('exercise.attempts_limit'), fields.attempts_max],
  ]
}

function Prompt({ value, change }: { value: string; change: (value: string) => void }) {
  return (
    <div class="columns">
      <TextArea
        label={t('exercise.prompt')}
        value={value}
        change={change}
        rows={12}
        maxLength={20_000}
        required
      />
      <div class="field">
        <span class="label">{t('exercise.preview')}</span>
        <div class="card">
          <Markdown text={value} />
        </div>
      </div>
    </div>
  )
}

interface Limit {
  due: string
  attempts_max: string
}

function Limits({ value, change }: { value: Limit; change: (value: Partial<Limit>) => void }) {
  return (
    <div class="pair">
      <TimeField label={t('exercise.due')} value={value.due} change={(due) => change({ due })} />
      <Field
        label={t('exercise.attempts_limit')}
        type="number"
        min={1}
        max={1000}
        value={value.attempts_max}
        change={(attempts_max) => change({ attempts_max })}
      />
    </div>
  )
}
