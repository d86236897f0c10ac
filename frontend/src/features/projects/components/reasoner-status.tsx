import { useQuery } from '@tanstack/react-query'
import { providersQuery } from '@/api/queries'
import { Badge } from '@/components/ui/badge'
import { ErrorState, SkeletonLines } from '@/components/ui/feedback'

/** Which models there are, and which of them answers the next question. */
export function ReasonerStatus() {
  const status = useQuery(providersQuery)
  if (status.isError) return <ErrorState error={status.error} onRetry={() => void status.refetch()} />
  if (!status.data) return <SkeletonLines lines={3} />
  return (
    <ul aria-label="Models" className="divide-y rounded-md border bg-card">
      {status.data.providers.map((provider) => {
        const state = provider.healthy ? 'ready' : provider.configured ? 'does not answer' : 'not set up'
        return (
          <li key={provider.name} className="flex flex-wrap items-center gap-x-3 gap-y-1 px-3 py-2 text-[13px]">
            <span className="font-medium">{provider.name === 'embedded' ? 'Built-in' : provider.name}</span>
            {provider.model && <span className="text-muted-fg">{provider.model}</span>}
            {provider.detail && <span className="min-w-0 text-muted-fg">{provider.detail}</span>}
            <Badge tone={provider.healthy ? 'ok' : provider.configured ? 'err' : 'neutral'} className="ml-auto">
              {state}
            </Badge>
          </li>
        )
      })}
    </ul>
  )
}
