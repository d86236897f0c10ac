import { CircleHelp, CornerDownLeft } from 'lucide-react'
import { useState } from 'react'
import { Button } from '@/components/ui/button'
import { Input } from '@/components/ui/field'
import { cn } from '@/lib/cn'
import { useHotkeys, type Hotkeys } from '@/lib/keyboard'
import { clarify } from '../commands'
import { useAction } from '../lib/use-action'
import type { ClarificationRun, Turn } from '../turn'

/** One question back, with concrete options on the keys 1 to 9. */
export function Clarification({ turn, run, active }: { turn: Turn; run: ClarificationRun; active: boolean }) {
  const { asked, answered } = run
  const [text, setText] = useState('')
  const action = useAction()
  const choose = (optionId: string) => action.run(() => clarify(turn, asked.clarification_id, { optionId }))
  const keys: Hotkeys = Object.fromEntries(
    asked.options.slice(0, 9).map((option, index) => [String(index + 1), (event: KeyboardEvent) => (event.preventDefault(), choose(option.id))]),
  )
  useHotkeys(keys, active && !answered && !action.busy)
  const other = asked.options.length > 0 ? 'Something else' : 'Say what is meant'
  const short = asked.options.every((option) => option.label.length <= 60)
  if (answered) {
    const chosen = asked.options.find((option) => option.id === answered.option_id)?.label ?? answered.text
    return (
      <p className="flex items-start gap-2 text-[13px] text-muted-fg">
        <CircleHelp className="mt-0.5 size-3.5 shrink-0" aria-hidden />
        <span>
          {asked.question} <span className="font-medium text-fg">{chosen}</span>
        </span>
      </p>
    )
  }
  return (
    <section aria-label="A question back to you" className="rounded-lg border bg-card p-4 shadow-card">
      <h3 className="flex items-start gap-2 font-medium">
        <CircleHelp className="mt-0.5 size-4 shrink-0 text-primary" aria-hidden />
        {asked.question}
      </h3>
      <div className={cn('grid gap-1.5', asked.options.length > 0 && 'mt-3')}>
        {asked.options.map((option, index) => (
          <button
            key={option.id}
            type="button"
            disabled={!active || action.busy}
            onClick={() => choose(option.id)}
            className="flex items-center gap-3 rounded-md border px-3 py-2 text-left transition-colors hover:border-border-strong hover:bg-muted/60 disabled:opacity-50"
          >
            <kbd className="grid size-5 shrink-0 place-items-center rounded border font-sans text-xs text-muted-fg">{index + 1}</kbd>
            <span className="min-w-0">
              <span className={cn('block first-letter:uppercase', short ? 'font-medium' : 'text-[13px] leading-snug')}>{option.label}</span>
              {option.detail && <span className="block text-[13px] text-muted-fg">{option.detail}</span>}
            </span>
          </button>
        ))}
      </div>
      {asked.allow_text && (
        <form
          className="mt-2 flex gap-2"
          onSubmit={(event) => {
            event.preventDefault()
            if (text.trim()) action.run(() => clarify(turn, asked.clarification_id, { text: text.trim() }))
          }}
        >
          <Input aria-label={other} placeholder={`${other}…`} value={text} disabled={!active} onChange={(event) => setText(event.target.value)} />
          <Button type="submit" aria-label="Send" size="icon" disabled={!text.trim() || !active} busy={action.busy}>
            <CornerDownLeft />
          </Button>
        </form>
      )}
      {action.error && (
        <p role="alert" className="mt-2 text-[13px] text-err">
          {action.error}
        </p>
      )}
    </section>
  )
}
