import { CircleHelp } from 'lucide-react'
import { Badge } from '@/components/ui/badge'
import { Button } from '@/components/ui/button'
import type { Turn } from '../turn'

const TITLES = {
  not_understood: 'I cannot answer this from your data',
  off_topic: 'This is not a question about your data',
  writes_data: 'I only read data',
  no_source: 'No source is connected',
  not_permitted: 'You may not read what this needs',
  unsupported: 'This kind of question is not supported yet',
} as const

/** An honest no: what was understood, what was not, and what can be asked instead. */
export function DeclinedCard({ turn, onAsk, onEdit }: { turn: Turn; onAsk(question: string): void; onEdit(question: string): void }) {
  const { declined } = turn
  if (!declined) return null
  const understood = declined.links.filter((link) => link.kind !== 'unknown' && link.kind !== 'ignored')
  const unknown = declined.links.filter((link) => link.kind === 'unknown')
  return (
    <section aria-label="No answer" className="grid gap-3 rounded-lg border bg-card px-4 py-3.5 shadow-card">
      <div>
        <h3 className="flex items-center gap-2 font-semibold">
          <CircleHelp className="size-4 text-warn" aria-hidden />
          {TITLES[declined.reason]}
        </h3>
        <p className="mt-1 leading-relaxed">{declined.message}</p>
      </div>
      {(understood.length > 0 || unknown.length > 0) && (
        <dl className="grid grid-cols-[6.5rem_minmax(0,1fr)] gap-x-2 gap-y-1.5 text-[13px]">
          {understood.length > 0 && (
            <>
              <dt className="text-muted-fg">Understood</dt>
              <dd className="flex flex-wrap gap-1.5">
                {understood.map((link) => (
                  <Badge key={`${link.start}-${link.words}`} tone="accent">
                    {link.words}
                    {link.target && <span className="opacity-70">= {link.target}</span>}
                  </Badge>
                ))}
              </dd>
            </>
          )}
          {unknown.length > 0 && (
            <>
              <dt className="text-muted-fg">Not understood</dt>
              <dd className="flex flex-wrap gap-1.5">
                {unknown.map((link) => (
                  <Badge key={`${link.start}-${link.words}`} tone="err">
                    {link.words}
                  </Badge>
                ))}
              </dd>
            </>
          )}
        </dl>
      )}
      <div className="flex flex-wrap gap-1.5">
        {declined.suggestions.map((question) => (
          <button key={question} type="button" onClick={() => onAsk(question)} className="min-h-7 rounded-full border px-3 text-left text-[13px] hover:border-border-strong hover:bg-muted/60">
            {question}
          </button>
        ))}
        <Button variant="ghost" size="sm" onClick={() => onEdit(turn.question)}>
          Edit the question
        </Button>
      </div>
    </section>
  )
}
