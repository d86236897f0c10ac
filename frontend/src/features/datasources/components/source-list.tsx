import { useQuery } from '@tanstack/react-query'
import { Database, FileUp, Plus } from 'lucide-react'
import { Link } from 'react-router'
import { datasourcesQuery, enginesQuery } from '@/api/queries'
import type { Datasource } from '@/api/types'
import { Badge } from '@/components/ui/badge'
import { Button } from '@/components/ui/button'
import { EmptyState, ErrorState, Skeleton } from '@/components/ui/feedback'
import { count } from '@/lib/format'
import { useProject } from '@/lib/project'
import { ProgressBar, SourceState } from './source-state'

export function SourceList() {
  const sources = useQuery(datasourcesQuery())
  const project = useProject()
  const { data: engines } = useQuery(enginesQuery)
  if (sources.isError) return <ErrorState error={sources.error} onRetry={() => void sources.refetch()} />
  if (!sources.data) {
    return (
      <div className="grid gap-2">
        {Array.from({ length: 3 }, (_, index) => (
          <Skeleton key={index} className="h-18" />
        ))}
      </div>
    )
  }
  if (sources.data.length === 0) {
    return (
      <EmptyState icon={<Database />} title="No source yet" actions={<AddButtons />}>
        Connect a database that DataChat may read, or upload files. It only ever reads.
      </EmptyState>
    )
  }
  return (
    <ul className="overflow-hidden rounded-lg border bg-card">
      {sources.data.map((source) => (
        <li key={source.id} className="border-b last:border-b-0">
          <SourceRow source={source} engine={engines?.find((engine) => engine.name === source.engine)?.title ?? source.engine} inProject={project?.source_ids.includes(source.id) ?? false} />
        </li>
      ))}
    </ul>
  )
}

function SourceRow({ source, engine, inProject }: { source: Datasource; engine: string; inProject: boolean }) {
  return (
    <Link to={`/data/${source.id}`} className="grid gap-2 px-4 py-3 transition-colors hover:bg-muted/50 focus-visible:-outline-offset-2">
      <span className="flex min-w-0 flex-wrap items-center gap-x-3 gap-y-1">
        <Database className="size-4 shrink-0 text-muted-fg" aria-hidden />
        <span className="font-medium">{source.name}</span>
        <Badge>{engine}</Badge>
        {!source.read_only_enforced && source.index_state !== 'failed' && <Badge tone="warn">account may write</Badge>}
        {!inProject && <span className="text-xs text-muted-fg">not in this project</span>}
        <span className="flex min-w-0 items-center gap-3 max-sm:w-full max-sm:pl-7 sm:ml-auto">
          {source.tables > 0 && <span className="tnum text-[13px] text-muted-fg">{count(source.tables, 'table')}</span>}
          <SourceState source={source} />
        </span>
      </span>
      {source.problem ? (
        <span className="pl-7 text-[13px] text-err">{source.problem.message}</span>
      ) : (
        source.description && <span className="truncate pl-7 text-[13px] text-muted-fg">{source.description}</span>
      )}
      <ProgressBar source={source} />
    </Link>
  )
}

export function AddButtons() {
  return (
    <>
      <Button asChild>
        <Link to="/data/upload">
          <FileUp />
          Upload files
        </Link>
      </Button>
      <Button variant="primary" asChild>
        <Link to="/data/new">
          <Plus />
          Connect
        </Link>
      </Button>
    </>
  )
}
