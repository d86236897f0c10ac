import { Check, Pencil, Play, X } from 'lucide-react'
import { useState } from 'react'
import { toast } from 'sonner'
import type { Review, ReviewDecision } from '@/api/types'
import { Button } from '@/components/ui/button'
import { Input } from '@/components/ui/field'
import { Kbd } from '@/components/ui/kbd'
import { messageOf } from '@/lib/api-client'
import { useHotkeys } from '@/lib/keyboard'
import { useDecide } from '../api/reviews'

interface DecisionBarProps {
  review: Review
  sql: string
  editing: boolean
  /** Whether the statement as it is now has run. */
  tried: boolean
  trying: boolean
  onTry(): void
  onEdit(editing: boolean): void
  onDecided(): void
}

const SAID: Record<ReviewDecision['decision'], string> = { approve: 'Approved.', correct: 'Corrected and approved.', reject: 'Rejected.' }

/** Approve, correct or reject, each on its letter. A correction must have run once. */
export function DecisionBar({ review, sql, editing, tried, trying, onTry, onEdit, onDecided }: DecisionBarProps) {
  const [rejecting, setRejecting] = useState(false)
  const [note, setNote] = useState('')
  const decide = useDecide(review.id)
  const send = (decision: ReviewDecision['decision']) =>
    decide.mutate(
      { decision, sql: decision === 'correct' ? sql : '', note: note.trim() },
      {
        onSuccess: () => {
          toast.success(SAID[decision])
          onDecided()
        },
      },
    )
  useHotkeys(
    {
      a: () => send('approve'),
      e: (event) => (event.preventDefault(), onEdit(true)),
      r: (event) => (event.preventDefault(), setRejecting(true)),
    },
    !editing && !rejecting && !decide.isPending,
  )
  return (
    <footer className="sticky bottom-0 grid gap-2 border-t bg-bg px-4 py-3 sm:px-6">
      {decide.isError && (
        <p role="alert" className="text-[13px] text-err">
          {messageOf(decide.error)}
        </p>
      )}
      {rejecting ? (
        <form
          className="flex gap-2"
          onSubmit={(event) => {
            event.preventDefault()
            if (note.trim()) send('reject')
          }}
        >
          <Input autoFocus aria-label="Why is it rejected?" placeholder="Why? The asker will read it." value={note} maxLength={4000} onChange={(event) => setNote(event.target.value)} />
          <Button type="submit" variant="danger" disabled={!note.trim()} busy={decide.isPending}>
            Reject
          </Button>
          <Button variant="ghost" onClick={() => setRejecting(false)}>
            Cancel
          </Button>
        </form>
      ) : editing ? (
        <div className="flex flex-wrap items-center gap-2">
          <Button onClick={onTry} busy={trying}>
            <Play />
            Try it
            <Kbd keys="mod+enter" />
          </Button>
          <Button variant="primary" disabled={!tried || sql === review.sql} busy={decide.isPending} onClick={() => send('correct')}>
            <Check />
            Correct and approve
          </Button>
          <Button variant="ghost" onClick={() => onEdit(false)}>
            Cancel
          </Button>
          {!tried && <span className="text-xs text-muted-fg">A correction has to run once before it is approved.</span>}
        </div>
      ) : (
        <div className="flex flex-wrap items-center gap-2">
          <Button variant="primary" busy={decide.isPending} onClick={() => send('approve')}>
            <Check />
            Approve
            <Kbd keys="a" />
          </Button>
          <Button onClick={() => onEdit(true)}>
            <Pencil />
            Correct
            <Kbd keys="e" />
          </Button>
          <Button onClick={() => setRejecting(true)}>
            <X />
            Reject
            <Kbd keys="r" />
          </Button>
          <span className="ml-auto hidden items-center gap-1.5 text-xs text-muted-fg sm:flex">
            <Kbd keys="j" />
            <Kbd keys="k" /> move
          </span>
        </div>
      )}
    </footer>
  )
}
