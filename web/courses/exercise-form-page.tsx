import { useSignal } from '@preact/signals'
import type { Exercise, Language, NewExercise } from '../../shared/schemas/course.ts'
import { t } from '../i18n.ts'
import { lazy } from '../lazy.tsx'
import { useQuery } from '../query.ts'
import { navigate } from '../router.ts'
import { fromInputTime, toInputTime } from '../time.ts'
import { Choice, Field, Form, TextArea, useForm } from '../ui/form.tsx'
import { Loaded } from '../ui/state.tsx'
import { TimeField } from '../ui/time-field.tsx'
import { readExercise, saveExercise } from './school.ts'
import { emptyTest, TestsEditor, toFields, toTest, type TestFields } from './tests-editor.tsx'

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
  if (!id) return <ExerciseForm code={code} exercise={blank} />
  return (
    <Loaded query={exercise}>
      {(found) => found && <ExerciseForm code={code} id={id} exercise={found} />}
    </Loaded>
  )
}

interface ExerciseFormProps {
  code: string
  id?: string
  exercise: NewExercise
}

function ExerciseForm({ code, id, exercise }: ExerciseFormProps) {
  const { title, prompt, language, entry = 'solve', starter = '' } = exercise
  const fields = useSignal({ title, prompt, language, entry, starter })
  const limits = useSignal({
    due: exercise.due ? toInputTime(new Date(exercise.due)) : '',
    attempts_max: String(exercise.attempts_max ?? ''),
  })
  const tests = useSignal<TestFields[]>(
    exercise.tests.length > 0 ? exercise.tests.map(toFields) : [emptyTest()],
  )
  const back = `/courses/${encodeURIComponent(code)}`
  const form = useForm(async () => {
    const { due, attempts_max } = limits.value
    const saved = await saveExercise(code, id, {
      ...fields.value,
      tests: tests.value.map(toTest),
      due: fromInputTime(due)?.toISOString() ?? null,
      attempts_max: attempts_max ? Number(attempts_max) : null,
    })
    navigate(`${back}/${saved.id}`)
  })
  const set = (changes: Partial<typeof fields.value>) =>
    (fields.value = { ...fields.value, ...changes })
  return (
    <>
      <h1>{t(id ? 'exercise.edit' : 'exercise.add')}</h1>
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
        <TestsEditor tests={tests.value} change={(changed) => (tests.value = changed)} />
        <Limits value={limits.value} change={(value) => (limits.value = value)} />
      </Form>
    </>
  )
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

function Limits({ value, change }: { value: Limit; change: (value: Limit) => void }) {
  return (
    <div class="pair">
      <TimeField
        label={t('exercise.due')}
        value={value.due}
        change={(due) => change({ ...value, due })}
      />
      <Field
        label={t('exercise.attempts_limit')}
        type="number"
        min={1}
        max={1000}
        value={value.attempts_max}
        change={(attempts_max) => change({ ...value, attempts_max })}
      />
    </div>
  )
}
