import { useSignal } from '@preact/signals'
import { useEffect, useRef } from 'preact/hooks'
import { campus } from '../campus.ts'
import { InputError } from '../error-text.ts'
import { t } from '../i18n.ts'
import { once } from '../once.ts'
import { shrinkPhoto } from './shrink-photo.ts'

/** A photo being uploaded. */
export interface Photo {
  id: number
  name: string
  state: 'sending' | 'failed' | 'done'
  /** From 0 to 1. */
  sent: number
}

/** Its form field. */
interface Sender {
  small: Promise<File>
  login: string | undefined
  stop: AbortController
}

const loadUpload = once(() => import('../files/upload.ts'))

/** Photos uploaded while the form is filled in; they resume when the network is back. */
export function usePhotoUploads() {
  const photos = useSignal<readonly Photo[]>([])
  const senders = useRef(new Map<number, Sender>()).current
  const hashes = useRef(new Map<number, string>()).current
  const count = useRef(0)
  const update = (id: number, changes: Partial<Photo>) => {
    photos.value = photos.value.map((it) => (it.id === id ? { ...it, ...changes } : it))
  }

  async function send(id: number, { small, login, stop: { signal } }: Sender): Promise<void> {
    try {
      const file = await small
      const { sendFile } = await loadUpload()
      signal.throwIfAborted()
      const onProgress = (bytes: number) => update(id, { sent: bytes / file.size })
      hashes.set(id, await sendFile(file, { login, signal, onProgress }))
      update(id, { state: 'done', sent: 1 })
    } catch {
      update(id, { state: 'failed' })
    }
  }

  function add(files: Iterable<File>): void {
    for (const file of files) {
      const id = ++count.current
      photos.value = [...photos.value, { id, name: file.name, state: 'sending', sent: 0 }]
      const login = campus.session.login()
      const sender = { small: shrinkPhoto(file), login, stop: new AbortController() }
      senders.set(id, sender)
      void send(id, sender)
    }
  }

  /** Resumes where it was interrupted. */
  function resume(): void {
    for (const { id, state } of photos.value) {
      const sender = senders.get(id)
      if (state !== 'failed' || !sender) continue
      update(id, { state: 'sending' })
      void send(id, sender)
    }
  }

  async function remove(id: number): Promise<void> {
    const sender = senders.get(id)
    sender?.stop.abort()
    photos.value = photos.value.filter((it) => it.id !== id)
    if (!sender) return
    // What cannot be cancelled now expires on the server.
    await Promise.all([loadUpload(), sender.small])
      .then(([{ discardFile }, file]) => discardFile(file))
      .catch(() => {})
  }

  /** The hashes of all photos, once they are sent. @throws InputError if one was interrupted */
  async function finish(): Promise<string[]> {
    resume()
    await new Promise<void>((done) => {
      const stop = photos.subscribe((all) => {
        if (all.some(({ state }) => state === 'sending')) return
        done()
        queueMicrotask(() => stop())
      })
    })
    if (photos.value.some(({ state }) => state === 'failed')) {
      throw new InputError(t('error.unreachable'))
    }
    return photos.value.flatMap(({ id }) => hashes.get(id) ?? [])
  }

  useEffect(() => {
    addEventListener('online', resume)
    return () => removeEventListener('online', resume)
  }, [])
  return { photos: photos.value, add, remove, resume, finish }
}

export type PhotoUploads = ReturnType<typeof usePhotoUploads>
