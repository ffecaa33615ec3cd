import {
  giveUp,
  uploadFile,
  type Send,
  type UploadOptions,
} from '../../packages/client/src/upload.ts'
import { campus } from '../campus.ts'
import { uploadKey } from '../session/session.ts'

// Resumes an upload of the same file that was begun in this browser.
const keyOf = ({ name, type, size, lastModified }: File) =>
  `${uploadKey}${JSON.stringify([name, type, size, lastModified])}`

interface SendOptions extends Pick<UploadOptions, 'onProgress' | 'signal'> {
  /** Whose file it is: the login when it was chosen. */
  login: string | undefined
}

/** Uploads a file, or the rest of it. @returns its hash */
export async function sendFile(file: File, { login, ...options }: SendOptions): Promise<string> {
  const key = keyOf(file)
  const resume = localStorage.getItem(key)
  // Whoever logs in meanwhile sends none of it.
  const send: Send = async (address, init) => {
    if (campus.session.login() !== login) throw new DOMException('Logged out', 'AbortError')
    return campus.fetch(address, init)
  }
  const place = await uploadFile(send, file, {
    ...options,
    ...(resume !== null && { resume }),
    name: file.name,
    onStart: (address) => localStorage.setItem(key, address),
  })
  localStorage.removeItem(key)
  return place.split('/').at(-1) ?? ''
}

/** Cancels an upload. */
export async function discardFile(file: File): Promise<void> {
  const key = keyOf(file)
  const address = localStorage.getItem(key)
  localStorage.removeItem(key)
  if (address !== null) await giveUp(campus.fetch, address)
}
