import { signal } from '@preact/signals'
import { describeError } from '../error-text.ts'
import { t } from '../i18n.ts'
import { Icon } from './icon.tsx'

interface Toast {
  id: number
  text: string
  tone: 'good' | 'bad'
  action: { label: string; run: () => void } | undefined
}

// Long enough to read two lines and reach for "Undo"; hover or focus extends it.
const shown_ms = 8000
// Nobody reads more than this at once.
const toastsMax = 3

const toasts = signal<readonly Toast[]>([])
let count = 0

/** Announces a completed action in a corner, and offers to undo it. */
export function notify(text: string, action?: Toast['action']): void {
  add({ text, tone: 'good', action })
}

export function notifyError(error: unknown): void {
  add({
    text: typeof error === 'string' ? error : describeError(error),
    tone: 'bad',
    action: undefined,
  })
}

function add(toast: Omit<Toast, 'id'>): void {
  const id = ++count
  toasts.value = [...toasts.value, { ...toast, id }].slice(-toastsMax)
  const end = () => {
    if (document.querySelector(`[data-toast="${id}"]:is(:hover, :focus-within)`)) {
      setTimeout(end, shown_ms)
    } else dismiss(id)
  }
  setTimeout(end, shown_ms)
}

function dismiss(id: number): void {
  toasts.value = toasts.value.filter((toast) => toast.id !== id)
}

/** The one place where toasts appear; a live region, so that they are spoken as well. */
export function Toasts() {
  return (
    <div class="toasts" aria-live="polite" role="status">
      {toasts.value.map(({ id, text, tone, action }) => (
        <div key={id} data-toast={id} class={`toast ${tone}`}>
          <Icon name={tone === 'good' ? 'check' : 'warning'} />
          <p>{text}</p>
          {action && (
            <button
              type="button"
              class="quiet"
              onClick={() => {
                dismiss(id)
                action.run()
              }}
            >
              {action.label}
            </button>
          )}
          <button type="button" class="quiet square" onClick={() => dismiss(id)}>
            <Icon name="close" />
            <span class="visually-hidden">{t('action.dismiss')}</span>
          </button>
        </div>
      ))}
    </div>
  )
}
