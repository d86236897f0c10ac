import { autocompletion, closeBrackets, completionKeymap } from '@codemirror/autocomplete'
import { defaultKeymap, history, historyKeymap } from '@codemirror/commands'
import { MSSQL, MySQL, PostgreSQL, SQLDialect, SQLite, sql, type SQLNamespace } from '@codemirror/lang-sql'
import { bracketMatching, HighlightStyle, syntaxHighlighting } from '@codemirror/language'
import { unifiedMergeView } from '@codemirror/merge'
import { EditorState, Prec, type Extension } from '@codemirror/state'
import { drawSelection, EditorView, keymap, lineNumbers } from '@codemirror/view'
import { tags } from '@lezer/highlight'
import { useEffect, useRef } from 'react'

const colours = HighlightStyle.define([
  { tag: tags.keyword, color: 'var(--primary)', fontWeight: '600' },
  { tag: tags.string, color: 'var(--ok)' },
  { tag: tags.number, color: 'var(--warn)' },
  { tag: tags.comment, color: 'var(--muted-fg)', fontStyle: 'italic' },
  { tag: tags.typeName, color: 'var(--err)' },
])

const look = EditorView.theme({
  '&': { fontSize: '12.5px', backgroundColor: 'transparent' },
  '&.cm-focused': { outline: 'none' },
  '.cm-scroller': { fontFamily: 'var(--font-mono)', lineHeight: '1.6' },
  '.cm-content': { fontVariantLigatures: 'none', padding: '8px 0', caretColor: 'var(--fg)' },
  '.cm-cursor': { borderLeftColor: 'var(--fg)' },
  '.cm-gutters': { background: 'transparent', border: 'none', color: 'var(--muted-fg)', opacity: '0.6' },
  '.cm-selectionBackground, &.cm-focused .cm-selectionBackground': { background: 'color-mix(in oklch, var(--primary) 22%, transparent) !important' },
  '.cm-tooltip': { background: 'var(--card)', border: '1px solid var(--border)', borderRadius: '7px', color: 'var(--fg)' },
  '.cm-tooltip-autocomplete ul li[aria-selected]': { background: 'var(--accent)', color: 'var(--accent-fg)' },
  '&.cm-merge-b .cm-changedLine, .cm-inlineChangedLine': { background: 'var(--ok-bg)' },
  '.cm-deletedChunk': { background: 'var(--err-bg)', padding: '0 6px' },
  '&.cm-merge-b .cm-changedText, .cm-changedText': { background: 'color-mix(in oklch, var(--ok) 12%, transparent)' },
  '.cm-deletedChunk .cm-deletedText': { background: 'color-mix(in oklch, var(--err) 12%, transparent)' },
})

const DuckDB = SQLDialect.define({
  ...PostgreSQL.spec,
  keywords: `${PostgreSQL.spec.keywords ?? ''} qualify pivot unpivot exclude replace summarize asof positional`,
})

const DIALECTS: Record<string, SQLDialect> = { postgres: PostgreSQL, mysql: MySQL, sqlite: SQLite, duckdb: DuckDB, tsql: MSSQL }

export interface CodeMirrorProps {
  value: string
  label: string
  dialect: string
  readOnly?: boolean
  /** Shows the differences from this statement. */
  original?: string | undefined
  schema?: SQLNamespace | undefined
  onChange?: ((value: string) => void) | undefined
  onRun?: (() => void) | undefined
}

/** The editor itself; loaded only when a statement is on the page. */
export default function CodeMirror({ value, label, dialect, readOnly = false, original, schema, onChange, onRun }: CodeMirrorProps) {
  const host = useRef<HTMLDivElement>(null)
  const view = useRef<EditorView | null>(null)
  const latest = useRef({ value, onChange, onRun })
  useEffect(() => {
    latest.current = { value, onChange, onRun }
  })

  useEffect(() => {
    if (!host.current) return
    const editing: Extension[] = readOnly
      ? [EditorState.readOnly.of(true), EditorView.editable.of(false)]
      : [
          history(),
          closeBrackets(),
          autocompletion(),
          Prec.highest(keymap.of([{ key: 'Mod-Enter', run: () => (latest.current.onRun?.(), true) }])),
          EditorView.updateListener.of((update) => {
            if (update.docChanged) latest.current.onChange?.(update.state.doc.toString())
          }),
        ]
    const editor = new EditorView({
      parent: host.current,
      state: EditorState.create({
        doc: latest.current.value,
        extensions: [
          lineNumbers(),
          drawSelection(),
          bracketMatching(),
          EditorView.lineWrapping,
          EditorView.contentAttributes.of({ 'aria-label': label, tabindex: '0' }),
          syntaxHighlighting(colours),
          look,
          sql({ dialect: DIALECTS[dialect] ?? PostgreSQL, upperCaseKeywords: true, ...(schema ? { schema } : {}) }),
          ...editing,
          keymap.of([...defaultKeymap, ...historyKeymap, ...completionKeymap]),
          ...(original === undefined ? [] : [unifiedMergeView({ original, mergeControls: false, gutter: false })]),
        ],
      }),
    })
    view.current = editor
    return () => {
      view.current = null
      editor.destroy()
    }
  }, [label, readOnly, original, dialect, schema])

  useEffect(() => {
    const editor = view.current
    if (editor && value !== editor.state.doc.toString()) {
      editor.dispatch({ changes: { from: 0, to: editor.state.doc.length, insert: value } })
    }
  }, [value])

  return <div ref={host} />
}
