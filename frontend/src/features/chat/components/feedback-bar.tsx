import { ThumbsDown, ThumbsUp } from 'lucide-react'
import { useState } from 'react'
import { toast } from 'sonner'
import { Button } from '@/components/ui/button'
import { Popover, PopoverAnchor, PopoverContent } from '@/components/ui/popover'
import { Tip } from '@/components/ui/tooltip'
import { useHotkeys } from '@/lib/keyboard'
import { messageOf } from '@/lib/api-client'
import { cn } from '@/lib/cn'
import { useFeedback, useWriteFeedback } from '../api/feedback'
import type { StepRun, Turn } from '../turn'
import { CorrectSqlDialog } from './correct-sql-dialog'
import { FeedbackForm, type Told } from './feedback-form'

interface FeedbackBarProps {
  turn: Turn
  step: StepRun
  followUps: readonly string[]
  /** Of the last turn, which the keys are for. */
  last: boolean
  onAsk(question: string): void
}

/** Thumbs that are stored at once, reasons that may follow, and questions to go on with. */
export function FeedbackBar({ turn, step, followUps, last, onAsk }: FeedbackBarProps) {
  const { data: feedback } = useFeedback(turn.id)
  const write = useWriteFeedback(turn.id)
  const [open, setOpen] = useState(false)
  const [correcting, setCorrecting] = useState<Told | null>(null)
  const vote = (verdict: 'up' | 'down') => {
    if (verdict === 'down') setOpen(true)
    if (feedback?.verdict === verdict) return
    write.mutate(
      { verdict, reasons: [], text: '', corrected_sql: '', request_review: false },
      {
        onSuccess: () => verdict === 'up' && toast.success('Thank you. It helps to answer such questions.'),
        onError: (error) => toast.error(messageOf(error)),
      },
    )
  }
  useHotkeys(
    {
      y: () => vote('up'),
      n: (event) => {
        event.preventDefault()
        vote('down')
      },
    },
    last,
  )
  return (
    <footer className="flex flex-wrap items-center gap-x-1 gap-y-2 border-t px-3 py-2">
      <Popover open={open} onOpenChange={setOpen}>
        <PopoverAnchor asChild>
          <span className="flex items-center">
            <Tip label="Good answer">
              <Button variant="ghost" size="icon-sm" aria-label="Good answer" aria-pressed={feedback?.verdict === 'up'} onClick={() => vote('up')}>
                <ThumbsUp className={cn(feedback?.verdict === 'up' && 'fill-current text-ok')} />
              </Button>
            </Tip>
            <Tip label="Something is wrong">
              <Button variant="ghost" size="icon-sm" aria-label="Something is wrong" aria-pressed={feedback?.verdict === 'down'} aria-expanded={open} onClick={() => vote('down')}>
                <ThumbsDown className={cn(feedback?.verdict === 'down' && 'fill-current text-err')} />
              </Button>
            </Tip>
          </span>
        </PopoverAnchor>
        <PopoverContent aria-label="What was wrong?" className="w-96">
          <FeedbackForm
            turnId={turn.id}
            feedback={feedback ?? null}
            onDone={() => setOpen(false)}
            onCorrect={(told) => {
              setOpen(false)
              setCorrecting(told)
            }}
          />
        </PopoverContent>
      </Popover>
      {feedback?.corrected_sql && !turn.review?.decided && <span className="text-xs text-muted-fg">Your correction waits for a reviewer.</span>}
      {correcting && <CorrectSqlDialog turn={turn} step={step} feedback={feedback ?? null} told={correcting} onClose={() => setCorrecting(null)} />}
      {followUps.length > 0 && (
        <ul aria-label="Questions to go on with" className="ml-auto flex flex-wrap justify-end gap-1.5">
          {followUps.map((question) => (
            <li key={question} className="min-w-0">
              <button type="button" onClick={() => onAsk(question)} className="min-h-7 rounded-full border px-3 py-0.5 text-left text-[13px] transition-colors hover:border-border-strong hover:bg-muted/60">
                {question}
              </button>
            </li>
          ))}
        </ul>
      )}
    </footer>
  )
}
