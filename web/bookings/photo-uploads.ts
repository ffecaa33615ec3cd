import { useSignal } from '@preact/signals'
import { useEffect, useRef } from 'preact/hooks'
import { InputError } from '../error-text.ts'
import { t } from '../i18n.ts'
import { once } from '../once.ts'
import { shrinkPhoto } from './shrink-photo.ts'

/** A photo on its way. */
export interface Photo {
  id: number
  name: string
  state: 'sending' | 'failed' | 'done'
  /** From 0 to 1. */
  sent: number
}

// What is lost when one bar of network is gone.
const part_bytes = 128 * 1024

interface Sender {
  /** Goes on where it was cut. */
  start: () => void
  stop: () => void
}

const loadTus = once(() => import('../files/upload.ts'))

/** Photos that are sent while the rest is filled in, and go on when the network is back. */
export function usePhotoUploads() {
  const photos = useSignal<readonly Photo[]>([])
  const senders = useRef(new Map<number, Sender>()).current
  const hashes = useRef(new Map<number, string>()).current
  const again = useRef(new Map<number, () => Promise<void>>()).current
  const count = useRef(0)
  const update = (id: number, changes: Partial<Photo>) => {
    photos.value = photos.value.map((it) => (it.id === id ? { ...it, ...changes } : it))
  }

  async function send(id: number, file: File): Promise<void> {
    const small = await shrinkPhoto(file)
    const { createUpload } = await loadTus()
    const listener = {
      progress: (bytes: number) => update(id, { sent: bytes / small.size }),
      done: (hash: string) => {
        hashes.set(id, hash)
        update(id, { state: 'done', sent: 1 })
      },
      failed: () => update(id, { state: 'failed' }),
    }
    const upload = await createUpload(small, listener, part_bytes)
    if (!photos.value.some((it) => it.id === id)) return
    senders.set(id, { start: () => upload.start(), stop: () => void upload.abort(true) })
    upload.start()
  }

  function add(files: Iterable<File>): void {
    for (const file of files) {
      const id = ++count.current
      photos.value = [...photos.value, { id, name: file.name, state: 'sending', sent: 0 }]
      send(id, file).catch(() => update(id, { state: 'failed' }))
      again.set(id, () => send(id, file))
    }
  }

  function resume(): void {
    for (const { id, state } of photos.value) {
      if (state !== 'failed') continue
      update(id, { state: 'sending' })
      const known = senders.get(id)
      if (known) known.start()
      else
        again
          .get(id)?.()
          .catch(() => update(id, { state: 'failed' }))
    }
  }

  function remove(id: number): void {
    senders.get(id)?.stop()
    photos.value = photos.value.filter((it) => it.id !== id)
  }

  /** The hashes of all of them, once they are sent. @throws InputError when one was cut */
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
