import { CornerDownLeft, Pencil, Play, X } from 'lucide-react'
import { useState } from 'react'
import type { PlanProposed } from '@/api/types'
import { Button } from '@/components/ui/button'
import { Input } from '@/components/ui/field'
import { Kbd } from '@/components/ui/kbd'
import { cn } from '@/lib/cn'
import { useHotkeys } from '@/lib/keyboard'
import { confirmPlan, rejectPlan } from '../commands'
import { useAction, type Action } from '../lib/use-action'
import type { Turn } from '../turn'

interface PlanActionsProps {
  turn: Turn
  proposed: PlanProposed
  /** An edit is on its way to the server; running waits for it. */
  pending: boolean
  revising: Action
  onWords(words: string): void
}

/** Run, edit in words, or reject. */
export function PlanActions({ turn, proposed, pending, revising, onWords }: PlanActionsProps) {
  const [editing, setEditing] = useState(false)
  const [words, setWords] = useState('')
  const deciding = useAction()
  const busy = pending || revising.busy || deciding.busy
  const run = () => deciding.run(() => confirmPlan(turn, proposed.revision))
  useHotkeys({
    'mod+enter': (event) => {
      if (busy) return
      event.preventDefault()
      run()
    },
    e: (event) => {
      event.preventDefault()
      setEditing(true)
    },
  })
  const error = deciding.error ?? revising.error
  return (
    <footer className="grid gap-2 border-t px-4 py-2.5">
      {editing && (
        <form
          className="flex gap-2"
          onSubmit={(event) => {
            event.preventDefault()
            if (!words.trim()) return
            onWords(words.trim())
            setWords('')
            setEditing(false)
          }}
        >
          <Input
            autoFocus
            aria-label="Change the plan in words"
            placeholder="Say what to change: “by week”, “only completed orders”…"
            value={words}
            onChange={(event) => setWords(event.target.value)}
            onKeyDown={(event) => {
              if (event.key === 'Escape') setEditing(false)
            }}
          />
          <Button type="submit" size="icon" aria-label="Apply the change" disabled={!words.trim()}>
            <CornerDownLeft />
          </Button>
        </form>
      )}
      <div className="flex flex-wrap items-center gap-2">
        <Button variant="primary" onClick={run} busy={deciding.busy} disabled={busy} aria-keyshortcuts="Control+Enter Meta+Enter">
          <Play />
          Run plan
          <Kbd keys="mod+enter" className="ml-0.5 max-sm:hidden" />
        </Button>
        <Button onClick={() => setEditing(!editing)} aria-expanded={editing}>
          <Pencil />
          Edit in words
        </Button>
        <Button variant="ghost" className="max-sm:px-2" disabled={deciding.busy} onClick={() => deciding.run(() => rejectPlan(turn))}>
          <X className="max-sm:hidden" />
          Reject
        </Button>
        <span className={cn('ml-auto text-xs text-muted-fg max-sm:w-full', !(pending || revising.busy) && proposed.revision === 1 && 'max-sm:sr-only')} aria-live="polite">
          {pending || revising.busy ? 'Updating the plan…' : proposed.revision > 1 ? 'Edited. Nothing has run yet.' : 'Nothing has run yet.'}
        </span>
      </div>
      {error && (
        <p role="alert" className="text-[13px] text-err">
          {error}
        </p>
      )}
    </footer>
  )
}
