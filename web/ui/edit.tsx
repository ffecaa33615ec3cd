import { type Signal, useSignal } from '@preact/signals'
import { useMemo, useRef } from 'preact/hooks'
import { newKey } from '../../packages/client/src/key.ts'
import { ifMatch, isChanged } from '../if-shown.ts'
import { lazy } from '../lazy.tsx'
import type { Draft } from '../session/draft.ts'
import { type FormState, useForm } from './form.tsx'

// Rarely needed.
const BothVersions = lazy(() => import('./both-versions.tsx').then(({ load }) => load()))
const Discarded = lazy(() =>
  import('./both-versions.tsx').then(({ loadDiscarded }) => loadDiscarded()),
)

/** Fields as people read them, label and text: the same ones for each version. */
export type Words = [label: string, text: string][]

/**
 * The header that lets a change happen only if nobody else was first; of a new thing, the one that
 * lets it be made only once.
 */
export interface Tagged {
  headers?: { 'if-match'?: string; 'idempotency-key'?: string }
}

interface EditOptions<Thing, Fields extends object> {
  /** As shown; undefined: a new one. */
  of: Thing | undefined
  /** As it is now, with its tag. */
  read: (of: Thing) => Promise<{ data: unknown; response: Response }>
  toFields: (of: Thing | undefined) => Fields
  /** Always the same rows. */
  words: (fields: Fields) => Words
  /** As the server writes what is typed, without what it does not tell; omitted: as typed. */
  written?: (fields: Fields) => Partial<Fields>
  /** @param now the version that `tagged` names */
  send: (fields: Fields, tagged: Tagged, now: Thing | undefined) => Promise<void>
  /** The id of who changed it last, where the API tells. */
  by?: (now: Thing) => Promise<string>
  /** Called when somebody else was first: what the page shows is old. */
  stale?: (() => void) | undefined
  /** Keeps what is typed until it is sent. */
  draft?: Draft<Typed<Fields>>
}

/** What is typed, and the version it changes: only the fields that differ. */
export interface Typed<Fields> {
  fields: Partial<Fields>
  base: Partial<Fields>
  key?: string | undefined
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
 * field of the form is neither as it was nor as this form sent it, both versions are shown, and
 * nothing is sent.
 */
export function useEdit<Thing, Fields extends object>(
  options: EditOptions<Thing, Fields>,
): Edit<Fields> {
  const { of, read, toFields, words, written = (typed) => typed, send, draft } = options
  const { fields, state, isKept, keep, set } = useTyped(options)
  const theirs = useSignal<{ fields: Fields; by: string } | undefined>(undefined)
  const undo = useSignal<(() => void) | undefined>(undefined)
  const isSame = (one: Fields, other: Fields) => toText(written(one)) === toText(written(other))
  const isKnown = (now: Fields) => {
    const { was, sent } = state.current
    return toText(was) === toText(now) || [sent, fields.value].some((it) => it && isSame(it, now))
  }

  /** @returns undefined if both versions are shown */
  const compare = async (shown: Thing) => {
    const { data, response } = await read(shown)
    const now = data as Thing
    const after = toFields(now)
    if (!isKnown(after)) {
      const by = (await options.by?.(now).catch(() => '')) ?? ''
      theirs.value = { fields: after, by }
      options.stale?.()
      return undefined
    }
    state.current = { ...state.current, was: after, sent: fields.value }
    return { now, headers: ifMatch(response) }
  }
  const create = async () => {
    const key = state.current.key ?? newKey()
    state.current = { ...state.current, key }
    keep()
    await send(fields.value, { headers: { 'idempotency-key': key } }, undefined)
    draft?.drop()
  }
  const form = useForm(async () => {
    theirs.value = undefined
    undo.value = undefined
    if (of === undefined) return create()
    const found = await compare(of)
    if (!found) return
    const { now, headers } = found
    try {
      await send(fields.value, { headers }, now)
      draft?.drop()
    } catch (error) {
      // Between reading and sending.
      if (!isChanged(error) || (await compare(of))) throw error
    }
  })
  const start = (next: Fields) => {
    const [typed, was, found, wasKept] = [fields.value, state.current, theirs.value, isKept.value]
    undo.value = () => {
      fields.value = typed
      state.current = was
      theirs.value = found
      isKept.value = wasKept
      undo.value = undefined
      keep()
    }
    fields.value = next
    state.current = startAt(next)
    theirs.value = undefined
    isKept.value = false
    draft?.drop()
  }
  const found = theirs.value
  const both = found && !isSame(fields.value, found.fields) && (
    <BothVersions
      by={found.by}
      rows={differences(words(fields.value), words(found.fields))}
      keep={() => (state.current = startAt(found.fields))}
      take={() => start(found.fields)}
    />
  )
  const notice = both || (undo.value && <Discarded undo={undo.value} />)
  const discard = isKept.value ? () => start(toFields(of)) : undefined
  return { form: { ...form, notice }, fields, set, discard }
}

interface State<Fields> {
  /** The version that is changed. */
  base: Fields
  /** As last read. */
  was: Fields
  /** Of this form, though the response was lost or the page does not show it yet. */
  sent?: Fields
  /** With which a new one was sent, whose response may be lost. Another body needs another one. */
  key?: string | undefined
}

function startAt<Fields>(base: Fields): State<Fields> {
  return { base, was: base }
}

/** What is typed, from a draft if there is one, and its version. */
function useTyped<Thing, Fields extends object>({
  of,
  toFields,
  draft,
}: EditOptions<Thing, Fields>) {
  const kept = useMemo(() => draft?.read(), [])
  const isKept = useSignal(kept !== undefined)
  const fields = useSignal<Fields>({ ...toFields(of), ...kept?.fields })
  const state = useRef<State<Fields>>({
    ...startAt<Fields>({ ...toFields(of), ...kept?.base }),
    key: kept?.key,
  })
  const keep = () => {
    const { base, key } = state.current
    const typed = without(fields.value, base)
    if (Object.keys(typed).length === 0) draft?.drop()
    else draft?.keep({ fields: typed, base: without(base, fields.value), key })
  }
  const set = (changes: Partial<Fields>) => {
    fields.value = { ...fields.value, ...changes }
    state.current = { ...state.current, key: undefined }
    keep()
  }
  return { fields, state, isKept, keep, set }
}

/** The fields of one that are not the same in the other. */
function without<Fields extends object>(one: Fields, other: Fields): Partial<Fields> {
  const texts = new Map(Object.entries(other).map(([name, it]) => [name, JSON.stringify(it)]))
  const differing = Object.entries(one).filter(
    ([name, it]) => texts.get(name) !== JSON.stringify(it),
  )
  return Object.fromEntries(differing) as Partial<Fields>
}

export interface Difference {
  label: string
  mine: string
  theirs: string
}

// Labels are free text, and may be equal; so may the words of different values.
function differences(mine: Words, theirs: Words): Difference[] {
  return mine
    .map(([label, text], at) => ({ label, mine: text, theirs: theirs[at]?.[1] ?? '' }))
    .filter((row) => row.mine !== row.theirs)
}

// The server drops spaces at the ends.
function toText(fields: object): string {
  return JSON.stringify(fields, (_, it: unknown) => (typeof it === 'string' ? it.trim() : it))
}
