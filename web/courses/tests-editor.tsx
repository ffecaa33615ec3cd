import { parseExact } from '../../shared/exact-json.ts'
import type { NewTest } from '../../shared/schemas/course.ts'
import { InputError } from '../error-text.ts'
import { t } from '../i18n.ts'
import { Check, Field } from '../ui/form.tsx'
import { Icon } from '../ui/icon.tsx'

/** A test as typed: values as JSON text. */
export interface TestFields {
  name: string
  args: string
  expected: string
  hidden: boolean
  weight: string
}

export function emptyTest(): TestFields {
  return { name: '', args: '[]', expected: '', hidden: false, weight: '1' }
}

export function toFields({ name, args, expected, hidden, weight }: NewTest): TestFields {
  return {
    name,
    args: JSON.stringify(args),
    expected: JSON.stringify(expected),
    hidden: hidden ?? false,
    weight: String(weight ?? 1),
  }
}

/** @throws InputError naming the test with invalid JSON */
export function toTest({ name, args, expected, hidden, weight }: TestFields): NewTest {
  const values = readJson(args)
  const result = readJson(expected)
  if (!Array.isArray(values) || result === undefined) {
    throw new InputError(t('exercise.bad_test', { name }))
  }
  return { name, args: values, expected: result, hidden, weight: Number(weight) }
}

/** With its values as the server writes them. */
export function toWritten({ args, expected, ...test }: TestFields): TestFields {
  const [own, result] = [args, expected].map((it) => JSON.stringify(readJson(it)) ?? it)
  return { ...test, args: own ?? args, expected: result ?? expected }
}

/** In one line. */
export function describeTest({ name, args, expected, hidden, weight }: TestFields): string {
  const marks = [hidden ? t('test.hidden') : '', `${t('test.weight')} ${weight}`]
  return `${name}: ${args} → ${expected} (${marks.filter(Boolean).join(', ')})`
}

interface TestsEditorProps {
  tests: TestFields[]
  change: (tests: TestFields[]) => void
}

/** The calls that judge a submission. */
export function TestsEditor({ tests, change }: TestsEditorProps) {
  const set = (at: number, changes: Partial<TestFields>) =>
    change(tests.map((test, index) => (index === at ? { ...test, ...changes } : test)))
  return (
    <fieldset class="tests">
      <legend>{t('exercise.tests')}</legend>
      {tests.map((test, at) => (
        // A test has no name until it is typed, so its position is its key.
        <div class="card" key={at}>
          <Values test={test} set={(changes) => set(at, changes)} />
          <footer class="actions">
            <Check
              label={t('test.hidden')}
              checked={test.hidden}
              change={(hidden) => set(at, { hidden })}
            />
            <button
              type="button"
              class="small danger"
              disabled={tests.length === 1}
              onClick={() => change(tests.filter((_, index) => index !== at))}
            >
              <Icon name="trash" />
              {t('action.remove')}
            </button>
          </footer>
        </div>
      ))}
      <button type="button" onClick={() => change([...tests, emptyTest()])}>
        <Icon name="plus" />
        {t('exercise.add_test')}
      </button>
    </fieldset>
  )
}

function Values({ test, set }: { test: TestFields; set: (changes: Partial<TestFields>) => void }) {
  const input = (name: Exclude<keyof TestFields, 'hidden'>) => ({
    label: t(`test.${name}`),
    value: test[name],
    change: (value: string) => set({ [name]: value }),
    required: true,
  })
  return (
    <div class="pair">
      <Field {...input('name')} maxLength={100} />
      <Field {...input('args')} />
      <Field {...input('expected')} />
      <Field {...input('weight')} type="number" min={1} max={100} />
    </div>
  )
}

function readJson(text: string): unknown {
  try {
    return parseExact(text)
  } catch {
    return undefined
  }
}
