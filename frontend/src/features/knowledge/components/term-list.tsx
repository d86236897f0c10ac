import { useQuery } from '@tanstack/react-query'
import { Plus, WholeWord } from 'lucide-react'
import { useState } from 'react'
import type { TermView } from '@/api/types'
import { Badge } from '@/components/ui/badge'
import { Button } from '@/components/ui/button'
import { EmptyState, ErrorState, SkeletonLines } from '@/components/ui/feedback'
import { termsQuery } from '../api/knowledge'
import { TermDialog } from './term-dialog'

/** What words mean in this project. */
export function TermList({ projectId }: { projectId: string }) {
  const [open, setOpen] = useState<TermView | 'new' | null>(null)
  const terms = useQuery(termsQuery(projectId))
  return (
    <div className="grid gap-4">
      <div className="flex items-center">
        <p className="text-[13px] text-muted-fg">Words of your business, and what they mean in the data.</p>
        <Button size="sm" variant="primary" className="ml-auto" onClick={() => setOpen('new')}>
          <Plus />
          New term
        </Button>
      </div>
      {terms.isError ? (
        <ErrorState error={terms.error} onRetry={() => void terms.refetch()} />
      ) : !terms.data ? (
        <SkeletonLines lines={5} />
      ) : terms.data.items.length === 0 ? (
        <EmptyState
          icon={<WholeWord />}
          title="No term yet"
          actions={
            <Button variant="primary" onClick={() => setOpen('new')}>
              Add the first term
            </Button>
          }
        >
          Say once what “revenue” or “active customer” means, and every question will use it.
        </EmptyState>
      ) : (
        <ul className="overflow-hidden rounded-lg border bg-card">
          {terms.data.items.map((term) => (
            <li key={term.id} className="border-b last:border-b-0">
              <button type="button" onClick={() => setOpen(term)} className="grid w-full gap-1 px-4 py-2.5 text-left transition-colors hover:bg-muted/50 focus-visible:-outline-offset-2">
                <span className="flex flex-wrap items-center gap-2">
                  <span className="font-medium">{term.term}</span>
                  {term.synonyms.length > 0 && <span className="text-[13px] text-muted-fg">also: {term.synonyms.join(', ')}</span>}
                  <Badge className="ml-auto">{term.kind}</Badge>
                </span>
                {term.definition && <span className="text-[13px] text-muted-fg">{term.definition}</span>}
                {(term.expression || term.targets.length > 0) && <code className="truncate font-mono text-xs text-muted-fg">{term.expression || term.targets.join(', ')}</code>}
              </button>
            </li>
          ))}
        </ul>
      )}
      {open && <TermDialog projectId={projectId} term={open === 'new' ? null : open} onClose={() => setOpen(null)} />}
    </div>
  )
}
