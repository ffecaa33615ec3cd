import { type Signal, useSignal } from '@preact/signals'
import { useMemo, useRef } from 'preact/hooks'
import { isChanged } from '../if-shown.ts'
import { lazy } from '../lazy.tsx'
import type { Draft } from '../session/draft.ts'
import { type FormState, useForm } from './form.tsx'

// Rarely needed.
const BothVersions = lazy(() => import('./both-versions.tsx').then(({ load }) => load()))

/** Fields as people read them, label and text: the same ones for each version. */
export type Words = [label: string, text: string][]

/** The header that lets a change happen only if nobody else was first. */
export interface Tagged {
  headers?: { 'if-match': string }
}

interface EditOptions<Thing, Fields> {
  /** As shown; undefined: a new one. */
  of: Thing | undefined
  /** As it is now, with its tag. */
  read: (of: Thing) => Promise<{ data: unknown; response: Response }>
  toFields: (of: Thing | undefined) => Fields
  words: (fields: Fields) => Words
  /** @param now the version that `tagged` names */
  send: (fields: Fields, tagged: Tagged, now: Thing | undefined) => Promise<void>
  /** The id of who changed it last, where the API tells. */
  by?: (now: Thing) => Promise<string>
  /** Called when somebody else was first: what the page shows is old. */
  stale?: (() => void) | undefined
  /** Keeps what is typed until it is sent. */
  draft?: Draft<Typed<Thing, Fields>>
}

/** What is typed, and the version it changes. */
export interface Typed<Thing, Fields> {
  fields: Fields
  base: Thing | undefined
}

export interface Edit<Fields> {
  form: FormState
  fields: Signal<Fields>
  set: (changes: Partial<Fields>) => void
  /** Returns to what is saved; undefined: nothing was typed before. */
  discard: (() => void) | undefined
}

/**
 * A form for something that others may change meanwhile. It reads it again before sending; if a
 * field of the form is no longer as it was, both versions are shown, and nothing is sent.
 */
export function useEdit<Thing, Fields>(options: EditOptions<Thing, Fields>): Edit<Fields> {
  const { of, read, toFields, words, send, draft } = options
  const kept = useMemo(() => draft?.read(), [])
  const isKept = useSignal(kept !== undefined)
  // An older draft may lack a field.
  const fields = useSignal(kept ? Object.assign({}, toFields(of), kept.fields) : toFields(of))
  const base = useRef(kept ? kept.base : of)
  const theirs = useSignal<{ thing: Thing; by: string } | undefined>(undefined)

  /** @returns undefined if both versions are shown */
  const compare = async (was: Thing) => {
    const { data, response } = await read(was)
    const now = data as Thing
    const [before, after] = [was, now].map((it) => JSON.stringify(toFields(it)))
    if (before !== after && differences(words(fields.value), words(toFields(now))).length > 0) {
      const by = (await options.by?.(now).catch(() => '')) ?? ''
      theirs.value = { thing: now, by }
      options.stale?.()
      return undefined
    }
    return { now, headers: { 'if-match': response.headers.get('etag') ?? '' } }
  }
  const form = useForm(async () => {
    theirs.value = undefined
    const was = base.current
    if (was === undefined) {
      await send(fields.value, {}, undefined)
      return draft?.drop()
    }
    const found = await compare(was)
    if (!found) return
    const { now, headers } = found
    try {
      await send(fields.value, { headers }, now)
      draft?.drop()
    } catch (error) {
      // Between reading and sending.
      if (!isChanged(error) || (await compare(was))) throw error
    }
  })
  const found = theirs.value
  const start = (thing: Thing | undefined) => {
    base.current = thing
    fields.value = toFields(thing)
    theirs.value = undefined
    isKept.value = false
    draft?.drop()
  }
  const notice = found && (
    <BothVersions
      by={found.by}
      rows={differences(words(fields.value), words(toFields(found.thing)))}
      keep={() => (base.current = found.thing)}
      take={() => start(found.thing)}
    />
  )
  const set = (changes: Partial<Fields>) => {
    fields.value = { ...fields.value, ...changes }
    const isSaved = JSON.stringify(fields.value) === JSON.stringify(toFields(base.current))
    if (isSaved) draft?.drop()
    else draft?.keep({ fields: fields.value, base: base.current })
  }
  const discard = isKept.value ? () => start(of) : undefined
  return { form: { ...form, notice }, fields, set, discard }
}

export interface Difference {
  label: string
  mine: string
  theirs: string
}

// By place, as labels may be alike: a property of a type has any title.
function differences(mine: Words, theirs: Words): Difference[] {
  return mine
    .map(([label, text], at) => ({ label, mine: text, theirs: theirs[at]?.[1] ?? '' }))
    .filter((row) => row.mine !== row.theirs)
}
