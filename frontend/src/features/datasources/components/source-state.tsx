import { CircleAlert, CircleCheck, CircleDashed, Clock } from 'lucide-react'
import type { Datasource, SourceProgress } from '@/api/types'
import { Spinner } from '@/components/ui/feedback'
import { formatAgo } from '@/lib/format'
import { useLive } from '@/lib/live/live'

const PHASES: Record<SourceProgress['phase'], string> = {
  queued: 'Waiting to be indexed',
  schema: 'Reading the schema',
  profiles: 'Profiling columns',
  values: 'Collecting values',
  vectors: 'Building the search index',
  done: 'Ready',
  failed: 'Failed',
}

const ORDER = ['schema', 'profiles', 'values', 'vectors'] as const

/** How far along the whole index is, from 0 to 1. */
export function progressOf(progress: SourceProgress): number {
  const phase = ORDER.findIndex((name) => name === progress.phase)
  if (phase < 0) return progress.phase === 'done' ? 1 : 0
  return (phase + (progress.total > 0 ? progress.done / progress.total : 0)) / ORDER.length
}

function useProgress(id: string): SourceProgress | null {
  const progress = useLive((state) => state.progress[id])
  return progress && progress.phase !== 'done' && progress.phase !== 'failed' ? progress : null
}

/** One line: the state of a source's index, live while it is being built. */
export function SourceState({ source }: { source: Datasource }) {
  const progress = useProgress(source.id)
  if (progress || source.index_state === 'running' || source.index_state === 'queued') {
    return (
      <span className="inline-flex min-w-0 items-center gap-1.5 text-[13px] text-muted-fg">
        <Spinner className="size-3.5 shrink-0" />
        <span className="truncate">{progress ? `${PHASES[progress.phase]}${progress.table ? ` · ${progress.table}` : ''}` : PHASES[source.index_state === 'queued' ? 'queued' : 'schema']}</span>
        {progress && <span className="tnum">{Math.round(progressOf(progress) * 100)} %</span>}
      </span>
    )
  }
  if (source.index_state === 'failed') {
    return (
      <span className="inline-flex items-center gap-1.5 text-[13px] text-err">
        <CircleAlert className="size-3.5 shrink-0" aria-hidden />
        Needs attention
      </span>
    )
  }
  if (source.index_state === 'stale') {
    return (
      <span className="inline-flex items-center gap-1.5 text-[13px] text-warn">
        <Clock className="size-3.5 shrink-0" aria-hidden />
        The schema has changed
      </span>
    )
  }
  if (source.index_state === 'none') {
    return (
      <span className="inline-flex items-center gap-1.5 text-[13px] text-muted-fg">
        <CircleDashed className="size-3.5 shrink-0" aria-hidden />
        Not indexed yet
      </span>
    )
  }
  return (
    <span className="inline-flex items-center gap-1.5 text-[13px] text-muted-fg">
      <CircleCheck className="size-3.5 shrink-0 text-ok" aria-hidden />
      Ready{source.indexed_at && ` · indexed ${formatAgo(source.indexed_at)}`}
    </span>
  )
}

export function ProgressBar({ source }: { source: Datasource }) {
  const progress = useProgress(source.id)
  if (!progress) return null
  const share = Math.round(progressOf(progress) * 100)
  return (
    <div role="progressbar" aria-label={`Index of ${source.name}`} aria-valuenow={share} aria-valuemin={0} aria-valuemax={100} className="h-1 overflow-hidden rounded-full bg-muted">
      <div className="h-full rounded-full bg-primary transition-[width] duration-300" style={{ width: `${share}%` }} />
    </div>
  )
}
