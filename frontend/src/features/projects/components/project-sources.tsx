import { useQuery } from '@tanstack/react-query'
import { Link } from 'react-router'
import { datasourcesQuery, enginesQuery } from '@/api/queries'
import type { Project } from '@/api/types'
import { ErrorState, SkeletonLines } from '@/components/ui/feedback'
import { Switch } from '@/components/ui/switch'

export function ProjectSources({ project, onChange }: { project: Project; onChange(sourceIds: string[]): void }) {
  const sources = useQuery(datasourcesQuery())
  const engines = useQuery(enginesQuery)
  if (sources.isError) return <ErrorState error={sources.error} onRetry={() => void sources.refetch()} />
  if (!sources.data) return <SkeletonLines lines={2} />
  if (sources.data.length === 0) {
    return (
      <p className="text-[13px] text-muted-fg">
        No source yet.{' '}
        <Link to="/data/new" className="text-primary underline">
          Connect one
        </Link>
        .
      </p>
    )
  }
  return (
    <ul className="grid gap-2">
      {sources.data.map((source) => {
        const used = project.source_ids.includes(source.id)
        return (
          <li key={source.id}>
            <label className="flex items-center gap-3">
              <Switch
                aria-label={`Use ${source.name}`}
                checked={used}
                onCheckedChange={() => onChange(used ? project.source_ids.filter((id) => id !== source.id) : [...project.source_ids, source.id])}
              />
              <span>{source.name}</span>
              <span className="text-[13px] text-muted-fg">{engines.data?.find((engine) => engine.name === source.engine)?.title ?? source.engine}</span>
            </label>
          </li>
        )
      })}
    </ul>
  )
}
