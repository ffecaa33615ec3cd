import { signal } from '@preact/signals'
import { describeError } from '../error-text.ts'
import { once } from '../once.ts'

export interface Transfer {
  id: number
  name: string
  size: number
  sent: number
  state: 'waiting' | 'sending' | 'paused' | 'done' | 'failed'
  error: string
}

/** What is being uploaded, also while other pages are looked at. */
export const transfers = signal<readonly Transfer[]>([])

/** Counts up as files are complete: who lists files reads again. */
export const completed = signal(0)

// As many as share a connection well; the others wait.
const atOnceMax = 3

const loadUpload = once(() => import('./upload.ts'))
const stops = new Map<number, AbortController>()
const files = new Map<number, File>()
let count = 0

/** Puts files in the queue. */
export function addFiles(chosen: Iterable<File>): void {
  const added = Array.from(chosen, (file) => {
    const id = ++count
    files.set(id, file)
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

/** Goes on where it stopped; the server says where that was. */
export function resume(id: number): void {
  update(id, { state: 'waiting', error: '' })
  startNext()
}

/** Takes it off the list; what was received of it is given up. */
export function discard(id: number): void {
  const isDone = transfers.value.find((transfer) => transfer.id === id)?.state === 'done'
  const file = files.get(id)
  stops.get(id)?.abort()
  if (file && !isDone) void giveUp(file)
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
  const file = files.get(id)
  if (!file) return
  const stop = new AbortController()
  stops.set(id, stop)
  const { signal } = stop
  try {
    const { sendFile } = await loadUpload()
    signal.throwIfAborted()
    await sendFile(file, { signal, onProgress: (sent) => update(id, { sent }) })
    finish(id, { state: 'done', sent: file.size })
  } catch (error) {
    // Paused, or taken off.
    if (!signal.aborted) finish(id, { state: 'failed', error: describeError(error) })
  }
}

// What cannot be given up now lapses on the server.
async function giveUp(file: File): Promise<void> {
  const { discardFile } = await loadUpload()
  await discardFile(file).catch(() => {})
}

function finish(id: number, changes: Partial<Transfer>): void {
  update(id, changes)
  if (changes.state === 'done') completed.value++
  startNext()
}

function update(id: number, changes: Partial<Transfer>): void {
  transfers.value = transfers.value.map((one) => (one.id === id ? { ...one, ...changes } : one))
}
