import { defaultKeymap, history, historyKeymap, indentWithTab } from '@codemirror/commands'
import { javascript } from '@codemirror/lang-javascript'
import { python } from '@codemirror/lang-python'
import {
  bracketMatching,
  HighlightStyle,
  indentOnInput,
  indentUnit,
  syntaxHighlighting,
} from '@codemirror/language'
import { EditorState, type Extension } from '@codemirror/state'
import {
  drawSelection,
  EditorView,
  highlightActiveLine,
  keymap,
  lineNumbers,
} from '@codemirror/view'
import { tags } from '@lezer/highlight'
import { useEffect, useLayoutEffect, useRef } from 'preact/hooks'
import type { Language } from '../../shared/schemas/course.ts'

export interface EditorProps {
  label: string
  language: Language
  value: string
  /** Undefined: read-only. */
  change?: (value: string) => void
  /** Ctrl+Enter, or Cmd+Enter. */
  run?: () => void
}

/** An editor for code. Escape, then Tab, leaves it: Tab itself indents. */
export function Editor(props: EditorProps) {
  const element = useRef<HTMLDivElement>(null)
  const editor = useRef<EditorView | undefined>(undefined)
  const latest = useRef(props)
  latest.current = props
  const { language, label, value } = props

  useEffect(() => {
    const host = element.current
    if (!host) return
    // In a shadow root it uses adopted styles, which the content security policy allows; in the
    // page it would add inline ones.
    const root = host.shadowRoot ?? host.attachShadow({ mode: 'open' })
    const made = new EditorView({
      root,
      parent: root,
      doc: latest.current.value,
      extensions: [
        ...extensionsFor(language),
        keymap.of([{ key: 'Mod-Enter', run: () => (latest.current.run?.(), true) }]),
        keymap.of([...defaultKeymap, ...historyKeymap, indentWithTab]),
        EditorView.contentAttributes.of({ 'aria-label': label }),
        EditorState.readOnly.of(!latest.current.change),
        EditorView.updateListener.of(({ docChanged, state }) => {
          if (docChanged) latest.current.change?.(state.doc.toString())
        }),
      ],
    })
    editor.current = made
    return () => made.destroy()
  }, [language, label])

  // Only changes from outside: typed text is already there. Before anything else is typed, which
  // would be taken for an outside change, back and forth.
  useLayoutEffect(() => {
    const doc = editor.current?.state.doc
    if (!doc || doc.toString() === value) return
    editor.current?.dispatch({ changes: { from: 0, to: doc.length, insert: value } })
  }, [value])
  return <div class="editor" ref={element} />
}

function extensionsFor(language: Language): Extension[] {
  const isPython = language === 'python'
  return [
    lineNumbers(),
    history(),
    drawSelection(),
    highlightActiveLine(),
    bracketMatching(),
    indentOnInput(),
    indentUnit.of(isPython ? '    ' : '  '),
    isPython ? python() : javascript({ typescript: language === 'typescript' }),
    syntaxHighlighting(colours),
    look,
    EditorState.tabSize.of(4),
    EditorView.lineWrapping,
  ]
}

const colours = HighlightStyle.define([
  { tag: [tags.keyword, tags.operatorKeyword, tags.controlKeyword], color: 'var(--code-keyword)' },
  { tag: [tags.string, tags.special(tags.string)], color: 'var(--code-string)' },
  { tag: [tags.number, tags.bool, tags.null], color: 'var(--code-number)' },
  { tag: [tags.comment], color: 'var(--text-soft)', fontStyle: 'italic' },
  {
    tag: [tags.function(tags.variableName), tags.definition(tags.variableName)],
    fontWeight: '600',
  },
])

// As specific as the editor's own rule for a focused selection.
const selection =
  '&.cm-focused > .cm-scroller > .cm-selectionLayer .cm-selectionBackground, ' +
  '.cm-selectionBackground'

const look = EditorView.theme({
  '&': { fontSize: '0.875rem', backgroundColor: 'var(--surface)', color: 'var(--text)' },
  '&.cm-focused': { outline: '3px solid var(--focus)', outlineOffset: '1px' },
  '.cm-scroller': { fontFamily: 'var(--mono)', lineHeight: '1.6' },
  '.cm-content, .cm-gutters': { minHeight: '14rem' },
  '.cm-gutters': {
    backgroundColor: 'transparent',
    color: 'var(--text-soft)',
    border: 'none',
  },
  '.cm-activeLine, .cm-activeLineGutter': { backgroundColor: 'var(--code-line)' },
  '.cm-cursor': { borderLeftColor: 'var(--text)' },
  [selection]: { backgroundColor: 'var(--code-selection)' },
})
