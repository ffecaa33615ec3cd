import { useSignal } from '@preact/signals'
import type { ComponentChildren } from 'preact'
import { useId } from 'preact/hooks'
import { ProblemError } from '../../packages/client/src/problem.ts'
import { describeError } from '../error-text.ts'
import { t } from '../i18n.ts'

export interface FormState {
  /** Wraps submission of a form: one at a time, with refusals shown. */
  submit: (event: Event) => void
  busy: boolean
  error: unknown
  /** Shown above the buttons. */
  notice?: ComponentChildren
}

/** @param send throws the error that the form shows */
export function useForm(send: () => Promise<void>): FormState {
  const busy = useSignal(false)
  const error = useSignal<unknown>(undefined)
  const submit = (event: Event) => {
    event.preventDefault()
    if (busy.value) return
    busy.value = true
    error.value = undefined
    send()
      .catch((cause: unknown) => (error.value = cause))
      .finally(() => (busy.value = false))
  }
  return { submit, busy: busy.value, error: error.value }
}

interface FormProps {
  form: FormState
  label: string
  /** Undefined: without a cancel button. */
  cancel?: (() => void) | undefined
  /** Further buttons. */
  more?: ComponentChildren
  /** Without fields, it is a button. */
  children?: ComponentChildren
  /** Whether another action on the page is preferred. */
  plain?: boolean
}

export function Form({ form, label, cancel, more, children, plain = false }: FormProps) {
  return (
    <form class="form" onSubmit={form.submit}>
      {children}
      {form.notice}
      {form.error !== undefined && <FormError error={form.error} />}
      <footer class="actions">
        {more}
        {cancel && (
          <button type="button" onClick={cancel}>
            {t('action.cancel')}
          </button>
        )}
        <button type="submit" class={plain ? '' : 'primary'} aria-busy={form.busy}>
          {label}
        </button>
      </footer>
    </form>
  )
}

/** A refusal: in our words, or the server's for each field, once. */
function FormError({ error }: { error: unknown }) {
  const details = error instanceof ProblemError ? (error.problem.errors ?? []) : []
  const isOfFields = details.length > 0 && (error as ProblemError).code === 'invalid_input'
  return (
    <div class="notice failure" role="alert">
      {!isOfFields && <p>{describeError(error)}</p>}
      {details.length > 0 && (
        <ul>
          {details.map(({ pointer, detail }) => (
            <li key={pointer}>
              <b>{pointer.replace(/^#\/(?:rules\/)?/, '').replaceAll(/[_/]/g, ' ')}</b>: {detail}
            </li>
          ))}
        </ul>
      )}
    </div>
  )
}

interface FieldProps {
  label: string
  value: string
  change: (value: string) => void
  hint?: string
  /** Why it cannot be sent as it is. */
  wrong?: string
  type?: 'text' | 'email' | 'password' | 'number' | 'date' | 'time' | 'datetime-local' | 'url'
  required?: boolean
  disabled?: boolean
  readonly?: boolean
  autofocus?: boolean
  autocomplete?: string
  autocapitalize?: 'none'
  pattern?: string
  minLength?: number
  maxLength?: number
  min?: number
  max?: number
  step?: number
}

/** A labelled input. */
export function Field({ label, value, change, hint, wrong = '', ...input }: FieldProps) {
  const id = useId()
  return (
    <div class="field">
      <label for={id}>{label}</label>
      <input
        {...(input as object)}
        ref={(element) => element?.setCustomValidity(wrong)}
        id={id}
        value={value}
        onInput={(event) => change(event.currentTarget.value)}
        aria-describedby={hint && `${id}-hint`}
      />
      {hint && (
        <small class="hint" id={`${id}-hint`}>
          {hint}
        </small>
      )}
      {wrong && <small role="alert">{wrong}</small>}
    </div>
  )
}

interface ChoiceProps {
  label: string
  value: string
  change: (value: string) => void
  options: readonly { value: string; label: string }[]
  disabled?: boolean
}

/** A labelled select. */
export function Choice({ label, value, change, options, disabled = false }: ChoiceProps) {
  const id = useId()
  return (
    <div class="field">
      <label for={id}>{label}</label>
      <select
        id={id}
        value={value}
        disabled={disabled}
        onChange={(event) => change(event.currentTarget.value)}
      >
        {options.map((option) => (
          <option key={option.value} value={option.value}>
            {option.label}
          </option>
        ))}
      </select>
    </div>
  )
}

interface TextAreaProps {
  label: string
  value: string
  change: (value: string) => void
  /** Why it cannot be sent as it is. */
  wrong?: string
  rows?: number
  required?: boolean
  maxLength?: number
}

export function TextArea({ label, value, change, wrong = '', ...area }: TextAreaProps) {
  const id = useId()
  return (
    <div class="field">
      <label for={id}>{label}</label>
      <textarea
        {...area}
        ref={(element) => element?.setCustomValidity(wrong)}
        id={id}
        value={value}
        onInput={(event) => change(event.currentTarget.value)}
      />
      {wrong && <small role="alert">{wrong}</small>}
    </div>
  )
}

interface CheckProps {
  label: string
  checked: boolean
  change: (checked: boolean) => void
}

export function Check({ label, checked, change }: CheckProps) {
  return (
    <label class="check">
      <input
        type="checkbox"
        checked={checked}
        onChange={(event) => change(event.currentTarget.checked)}
      />
      {label}
    </label>
  )
}

interface SegmentsProps<T extends string> {
  label: string
  value: T
  change: (value: T) => void
  options: readonly { value: T; label: string }[]
}

/** A few choices side by side, one of them chosen. */
export function Segments<T extends string>({ label, value, change, options }: SegmentsProps<T>) {
  return (
    <div class="segments" role="group" aria-label={label}>
      {options.map((option) => (
        <button
          key={option.value}
          type="button"
          aria-pressed={option.value === value}
          onClick={() => change(option.value)}
        >
          {option.label}
        </button>
      ))}
    </div>
  )
}
