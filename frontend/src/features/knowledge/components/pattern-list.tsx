import { useQuery } from '@tanstack/react-query'
import { BookMarked, Plus } from 'lucide-react'
import { useState } from 'react'
import type { PatternStatus, PatternView } from '@/api/types'
import { Badge, type Tone } from '@/components/ui/badge'
import { Button } from '@/components/ui/button'
import { EmptyState, ErrorState, SkeletonLines } from '@/components/ui/feedback'
import { Segmented } from '@/components/ui/segmented'
import { count, formatAgo } from '@/lib/format'
import { patternsQuery } from '../api/knowledge'
import { PatternDialog } from './pattern-dialog'

const STATUS: Record<PatternStatus, { word: string; tone: Tone }> = {
  active: { word: 'active', tone: 'ok' },
  candidate: { word: 'waits for approval', tone: 'warn' },
  expired: { word: 'expired', tone: 'neutral' },
  rejected: { word: 'rejected', tone: 'err' },
}

/** Questions whose SQL people have approved, and those that wait for it. */
export function PatternList({ projectId }: { projectId: string }) {
  const [status, setStatus] = useState<PatternStatus | 'all'>('all')
  const [open, setOpen] = useState<PatternView | 'new' | null>(null)
  const patterns = useQuery(patternsQuery(projectId, status === 'all' ? null : status))
  return (
    <div className="grid gap-4">
      <div className="flex flex-wrap items-center gap-2">
        <Segmented
          label="Status"
          value={status}
          onChange={setStatus}
          options={[
            { value: 'all', label: 'All' },
            { value: 'active', label: 'Active' },
            { value: 'candidate', label: 'Candidates' },
            { value: 'expired', label: 'Expired' },
            { value: 'rejected', label: 'Rejected' },
          ]}
        />
        <Button size="sm" variant="primary" className="ml-auto" onClick={() => setOpen('new')}>
          <Plus />
          New pattern
        </Button>
      </div>
      {patterns.isError ? (
        <ErrorState error={patterns.error} onRetry={() => void patterns.refetch()} />
      ) : !patterns.data ? (
        <SkeletonLines lines={5} />
      ) : patterns.data.items.length === 0 ? (
        <EmptyState icon={<BookMarked />} title={status === 'all' ? 'Nothing learned yet' : 'None of these'}>
          A pattern is a question with SQL that a person has approved. It starts as a candidate: from a thumbs-up, a corrected statement, or one you write here. Approved patterns make later answers “Verified”.
        </EmptyState>
      ) : (
        <ul className="overflow-hidden rounded-lg border bg-card">
          {patterns.data.items.map((pattern) => (
            <li key={pattern.id} className="border-b last:border-b-0">
              <PatternRow pattern={pattern} onOpen={() => setOpen(pattern)} />
            </li>
          ))}
        </ul>
      )}
      {open && <PatternDialog projectId={projectId} pattern={open === 'new' ? null : open} onClose={() => setOpen(null)} />}
    </div>
  )
}

function PatternRow({ pattern, onOpen }: { pattern: PatternView; onOpen(): void }) {
  const { word, tone } = STATUS[pattern.status]
  return (
    <button type="button" onClick={onOpen} className="grid w-full gap-1 px-4 py-2.5 text-left transition-colors hover:bg-muted/50 focus-visible:-outline-offset-2">
      <span className="flex flex-wrap items-center gap-2">
        <span className="min-w-0 flex-1 font-medium">{pattern.question}</span>
        {pattern.negative && <Badge tone="err">what not to do</Badge>}
        <Badge tone={tone}>{word}</Badge>
      </span>
      <span className="tnum text-xs text-muted-fg">{historyOf(pattern)}</span>
    </button>
  )
}

function historyOf(pattern: PatternView): string {
  const parts = [
    pattern.author,
    pattern.uses > 0 ? `used ${count(pattern.uses, 'time')}` : 'not used yet',
    pattern.wins + pattern.losses > 0 && `${pattern.wins} good, ${pattern.losses} bad`,
    pattern.last_used_at && `last ${formatAgo(pattern.last_used_at)}`,
  ]
  return parts.filter(Boolean).join(' · ')
}
