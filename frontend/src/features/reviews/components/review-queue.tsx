import { useQuery } from '@tanstack/react-query'
import { CircleCheckBig } from 'lucide-react'
import { useState } from 'react'
import { useNavigate } from 'react-router'
import type { ReviewSummary } from '@/api/types'
import { EmptyState, ErrorState, SkeletonLines } from '@/components/ui/feedback'
import { Select } from '@/components/ui/field'
import { cn } from '@/lib/cn'
import { formatAgo } from '@/lib/format'
import { useHotkeys } from '@/lib/keyboard'
import { reviewsQuery } from '../api/reviews'
import { ReviewDetail } from './review-detail'

const STATUS: [ReviewSummary['status'], string][] = [
  ['open', 'Open'],
  ['approved', 'Approved'],
  ['corrected', 'Corrected'],
  ['rejected', 'Rejected'],
]

/** The queue on the left, the chosen item on the right; J and K move, S skips. */
export function ReviewQueue({ reviewId }: { reviewId: string }) {
  const [status, setStatus] = useState<ReviewSummary['status']>('open')
  const reviews = useQuery(reviewsQuery(status))
  const navigate = useNavigate()
  const items = reviews.data?.items ?? []
  const at = items.findIndex((item) => item.id === reviewId)
  const current = reviewId || items[0]?.id || ''
  const go = (index: number) => {
    const next = items[Math.max(0, Math.min(index, items.length - 1))]
    if (next) void navigate(`/reviews/${next.id}`)
  }
  const place = Math.max(at, 0)
  useHotkeys({ j: () => go(place + 1), s: () => go(place + 1), k: () => go(place - 1) })
  const decided = () => {
    const next = items[place + 1] ?? items[place - 1]
    void navigate(next && next.id !== current ? `/reviews/${next.id}` : '/reviews')
  }
  if (reviews.isError) return <ErrorState error={reviews.error} onRetry={() => void reviews.refetch()} className="m-5" />
  return (
    <div className="flex min-h-0 flex-1 flex-col lg:flex-row">
      <section aria-label="Queue" className="flex max-h-60 shrink-0 flex-col border-b lg:max-h-none lg:w-76 lg:border-b-0 lg:border-r">
        <div className="p-3 pb-2">
          <Select aria-label="Status" value={status} onChange={(event) => setStatus(event.target.value as ReviewSummary['status'])}>
            {STATUS.map(([value, label]) => (
              <option key={value} value={value}>
                {label}
              </option>
            ))}
          </Select>
        </div>
        <ul className="scroll-thin min-h-0 flex-1 overflow-y-auto px-1.5 pb-3">
          {!reviews.data && (
            <li className="p-3">
              <SkeletonLines lines={5} />
            </li>
          )}
          {items.map((item, index) => (
            <li key={item.id}>
              <button
                type="button"
                aria-current={item.id === current}
                onClick={() => go(index)}
                className={cn('grid w-full gap-0.5 rounded-md px-3 py-2 text-left transition-colors hover:bg-muted', item.id === current && 'bg-accent hover:bg-accent')}
              >
                <span className="line-clamp-2 text-[13px] font-medium leading-snug">{item.question}</span>
                <span className="text-xs text-muted-fg">{item.reason}</span>
                <span className="text-xs text-muted-fg">
                  {item.asker} · {item.source_name} · {formatAgo(item.created_at)}
                </span>
              </button>
            </li>
          ))}
        </ul>
      </section>
      <div className="scroll-thin min-w-0 flex-1 overflow-y-auto">
        {current ? (
          <ReviewDetail key={current} reviewId={current} onDecided={decided} />
        ) : (
          reviews.data && (
            <EmptyState icon={<CircleCheckBig />} title={status === 'open' ? 'Nothing to review' : 'None of these'}>
              Items arrive when an answer’s confidence is below the project’s limit, when somebody corrects an answer or asks for a review, and when a new pattern waits for approval.
            </EmptyState>
          )
        )}
      </div>
    </div>
  )
}
