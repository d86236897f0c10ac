import { useState } from 'react'
import { toast } from 'sonner'
import type { Feedback, FeedbackReason } from '@/api/types'
import { Button } from '@/components/ui/button'
import { Textarea } from '@/components/ui/field'
import { messageOf } from '@/lib/api-client'
import { REASONS, useWriteFeedback } from '../api/feedback'

/** What the asker said about an answer so far. */
export type Told = Pick<Feedback, 'reasons' | 'text'>

interface FeedbackFormProps {
  turnId: string
  feedback: Feedback | null
  onDone(): void
  onCorrect(told: Told): void
}

/** What was wrong: several reasons, words, a corrected statement, or a person to look at it. */
export function FeedbackForm({ turnId, feedback, onDone, onCorrect }: FeedbackFormProps) {
  const [reasons, setReasons] = useState<readonly FeedbackReason[]>(feedback?.reasons ?? [])
  const [text, setText] = useState(feedback?.text ?? '')
  const [review, setReview] = useState(false)
  const write = useWriteFeedback(turnId)
  const toggle = (reason: FeedbackReason) => setReasons(reasons.includes(reason) ? reasons.filter((other) => other !== reason) : [...reasons, reason])
  const send = () =>
    write.mutate(
      { verdict: 'down', reasons: [...reasons], text, corrected_sql: feedback?.corrected_sql ?? '', request_review: review },
      {
        onSuccess: () => {
          toast.success(review ? 'Sent. A reviewer will look at it.' : 'Sent. Thank you.')
          onDone()
        },
      },
    )
  return (
    <form
      className="grid gap-3"
      onSubmit={(event) => {
        event.preventDefault()
        send()
      }}
    >
      <p className="font-semibold">What was wrong?</p>
      <div className="flex flex-wrap gap-1.5">
        {REASONS.map(([reason, words]) => (
          <button
            key={reason}
            type="button"
            aria-pressed={reasons.includes(reason)}
            onClick={() => toggle(reason)}
            className="min-h-6.5 rounded-full border px-2.5 text-xs hover:bg-muted aria-pressed:border-primary aria-pressed:bg-accent aria-pressed:text-accent-fg"
          >
            {words}
          </button>
        ))}
      </div>
      <Textarea aria-label="What should it have done?" placeholder="What should it have done?" value={text} onChange={(event) => setText(event.target.value)} maxLength={4000} />
      <label className="flex items-center gap-2">
        <input type="checkbox" className="size-4 accent-(--primary)" checked={review} onChange={(event) => setReview(event.target.checked)} />
        Ask for a review by a person
      </label>
      {write.isError && (
        <p role="alert" className="text-err">
          {messageOf(write.error)}
        </p>
      )}
      <div className="flex justify-end gap-2">
        <Button variant="ghost" size="sm" onClick={() => onCorrect({ reasons: [...reasons], text })}>
          Correct the SQL…
        </Button>
        <Button type="submit" variant="primary" size="sm" busy={write.isPending}>
          Send
        </Button>
      </div>
    </form>
  )
}
