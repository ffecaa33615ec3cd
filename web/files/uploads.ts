import { computed, signal } from '@preact/signals'
import { campus } from '../campus.ts'
import { describeError } from '../error-text.ts'
import { once } from '../once.ts'
import { user } from '../session/session.ts'

export interface Transfer {
  id: number
  name: string
  size: number
  sent: number
  state: 'waiting' | 'sending' | 'paused' | 'done' | 'failed'
  error: string
}

/** Uploads, which continue while other pages are shown. */
export const transfers = signal<readonly Transfer[]>([])

/** Counts completed files: lists reload. */
export const completed = signal(0)

interface Chosen {
  file: File
  /** Whose it is. */
  login: string | undefined
}

// As many as share a connection well; the others wait.
const atOnceMax = 3

const loadUpload = once(() => import('./upload.ts'))
const stops = new Map<number, AbortController>()
const files = new Map<number, Chosen>()
let count = 0

// Whoever uses this browser next neither sees nor sends these files.
computed(() => user.value?.id).subscribe(() => {
  for (const stop of stops.values()) stop.abort()
  stops.clear()
  files.clear()
  transfers.value = []
})

/** Queues files. */
export function addFiles(chosen: Iterable<File>): void {
  const added = Array.from(chosen, (file) => {
    const id = ++count
    files.set(id, { file, login: campus.session.login() })
    const { name, size } = file
    return { id, name, size, sent: 0, state: 'waiting', error: '' } satisfies Transfer
  })
  transfers.value = [...transfers.value, ...added]
  startNext()
}

export function pause(id: number): void {
  stops.get(id)?.abort()
  update(id, { state: 'paused' })
  startNext()
}

/** Resumes where it stopped, according to the server. */
export function resume(id: number): void {
  update(id, { state: 'waiting', error: '' })
  startNext()
}

/** Removes it from the list and cancels the upload. */
export function discard(id: number): void {
  const isDone = transfers.value.find((transfer) => transfer.id === id)?.state === 'done'
  const chosen = files.get(id)
  stops.get(id)?.abort()
  if (chosen && !isDone) void giveUp(chosen.file)
  stops.delete(id)
  files.delete(id)
  transfers.value = transfers.value.filter((transfer) => transfer.id !== id)
  startNext()
}

function startNext(): void {
  const sending = transfers.value.filter(({ state }) => state === 'sending').length
  const next = transfers.value.filter(({ state }) => state === 'waiting')
  for (const { id } of next.slice(0, Math.max(0, atOnceMax - sending))) void start(id)
}

async function start(id: number): Promise<void> {
  update(id, { state: 'sending' })
  const chosen = files.get(id)
  if (!chosen) return
  const { file, login } = chosen
  const stop = new AbortController()
  stops.set(id, stop)
  const { signal } = stop
  try {
    const { sendFile } = await loadUpload()
    signal.throwIfAborted()
    await sendFile(file, { login, signal, onProgress: (sent) => update(id, { sent }) })
    finish(id, { state: 'done', sent: file.size })
  } catch (error) {
    // Paused, or removed.
    if (!signal.aborted) finish(id, { state: 'failed', error: describeError(error) })
  }
}

// What cannot be cancelled now expires on the server.
async function giveUp(file: File): Promise<void> {
  await loadUpload()
    .then(({ discardFile }) => discardFile(file))
    .catch(() => {})
}

function finish(id: number, changes: Partial<Transfer>): void {
  update(id, changes)
  if (changes.state === 'done') completed.value++
  startNext()
}

function update(id: number, changes: Partial<Transfer>): void {
  transfers.value = transfers.value.map((one) => (one.id === id ? { ...one, ...changes } : one))
}
