import { useSignal } from '@preact/signals'
import { useId } from 'preact/hooks'
import type { ImportReport } from '../../shared/schemas/book.ts'
import { plural, t } from '../i18n.ts'
import { Dialog } from '../ui/dialog.tsx'
import { Form, useForm } from '../ui/form.tsx'
import { importBooks } from './library.ts'

// More faults than this are better found in the file itself.
const problemsMax = 20

interface ImportDialogProps {
  close: () => void
  done: () => void
}

/** Imports many books from a CSV or JSON file. */
export function ImportDialog({ close, done }: ImportDialogProps) {
  const id = useId()
  const file = useSignal<File | undefined>(undefined)
  const part = useSignal<number | undefined>(undefined)
  const report = useSignal<ImportReport | undefined>(undefined)
  const form = useForm(async () => {
    if (!file.value) return
    try {
      report.value = await importBooks(file.value, (sent) => (part.value = sent))
      done()
    } finally {
      part.value = undefined
    }
  })
  return (
    <Dialog title={t('books.import')} close={close}>
      {report.value ? (
        <Report report={report.value} />
      ) : (
        <Form form={form} label={t('books.import')} cancel={close}>
          <div class="field">
            <label for={id}>{t('books.import_file')}</label>
            <input
              id={id}
              type="file"
              accept=".csv,.json,text/csv,application/json"
              required
              onChange={({ currentTarget }) => (file.value = currentTarget.files?.[0])}
            />
            <small class="hint">{t('books.import_hint')}</small>
          </div>
          {part.value !== undefined && (
            <progress value={part.value} aria-label={t('books.import_progress')} />
          )}
        </Form>
      )}
    </Dialog>
  )
}

function Report({ report: { imported, skipped, problems } }: { report: ImportReport }) {
  return (
    <div class="stack" role="status">
      <p>
        {plural('books.imported', imported)} {skipped > 0 && plural('books.skipped', skipped)}
      </p>
      {problems.length > 0 && (
        <ul class="problems">
          {problems.slice(0, problemsMax).map(({ line, detail }) => (
            <li key={line}>
              <b>{t('books.line', { line })}</b> {detail}
            </li>
          ))}
        </ul>
      )}
    </div>
  )
}
