import type { ComponentChildren } from 'preact'
import { useEffect, useId, useRef } from 'preact/hooks'
import { t } from '../i18n.ts'
import { Icon } from './icon.tsx'

interface DialogProps {
  title: string
  close: () => void
  children: ComponentChildren
}

/** A modal window: it traps the focus and returns it afterwards. Escape closes it. */
export function Dialog({ title, close, children }: DialogProps) {
  const element = useRef<HTMLDialogElement>(null)
  const heading = useId()
  useEffect(() => {
    const before = document.activeElement
    element.current?.showModal()
    return () => {
      // By then the dialog is removed, together with the focused element.
      const next = before?.isConnected ? before : document.getElementById('main')
      if (next instanceof HTMLElement) next.focus()
    }
  }, [])
  return (
    <dialog
      ref={element}
      aria-labelledby={heading}
      onCancel={(event) => {
        event.preventDefault()
        close()
      }}
      onPointerDown={(event) => event.target === element.current && close()}
    >
      <div class="dialog">
        <header>
          <h2 id={heading}>{title}</h2>
          <button type="button" class="quiet square" onClick={close}>
            <Icon name="close" />
            <span class="visually-hidden">{t('action.close')}</span>
          </button>
        </header>
        {children}
      </div>
    </dialog>
  )
}

interface ConfirmProps {
  title: string
  text: string
  label: string
  confirm: () => void
  close: () => void
}

/** Asks before an irreversible action. */
export function Confirm({ title, text, label, confirm, close }: ConfirmProps) {
  return (
    <Dialog title={title} close={close}>
      <p>{text}</p>
      <footer class="actions">
        <button type="button" onClick={close}>
          {t('action.cancel')}
        </button>
        <button
          type="button"
          class="danger"
          onClick={() => {
            close()
            confirm()
          }}
        >
          {label}
        </button>
      </footer>
    </Dialog>
  )
}
