import { useQuery } from '@tanstack/react-query'
import { useState, type ReactNode } from 'react'
import type { Review, SqlTrial } from '@/api/types'
import { SimpleTable } from '@/components/grid/simple-table'
import { ChecksList, conformanceText, ConformanceList, worstFirst } from '@/components/evidence/checks'
import { QueryView } from '@/components/plan/query-view'
import { SqlCode } from '@/components/sql/sql-code'
import { Badge } from '@/components/ui/badge'
import { ErrorState, Skeleton, SkeletonLines } from '@/components/ui/feedback'
import { messageOf } from '@/lib/api-client'
import { count, formatMoment } from '@/lib/format'
import { reviewPreviewQuery, reviewQuery, useTryReviewSql } from '../api/reviews'
import { DecisionBar } from './decision-bar'

export function ReviewDetail({ reviewId, onDecided }: { reviewId: string; onDecided(): void }) {
  const review = useQuery(reviewQuery(reviewId))
  if (review.isError) return <ErrorState error={review.error} onRetry={() => void review.refetch()} className="m-5" />
  if (!review.data) {
    return (
      <div className="p-6">
        <SkeletonLines lines={8} />
      </div>
    )
  }
  return <Detail review={review.data} onDecided={onDecided} />
}

function Detail({ review, onDecided }: { review: Review; onDecided(): void }) {
  const [sql, setSql] = useState(review.sql)
  const [editing, setEditing] = useState(false)
  const trial = useTryReviewSql(review.id)
  const preview = useQuery({ ...reviewPreviewQuery(review.id), enabled: review.status === 'open' })
  const tried = trial.isSuccess && trial.variables === sql
  // The rows of the statement as it stands: of the last try, or of the one that came in.
  const shown = editing || trial.data || trial.isError ? trial : preview
  const result = shown === preview || tried ? shown.data : undefined
  const readBack = review.back_translation || preview.data?.back_translation
  const checks = worstFirst(review.checks.length > 0 ? review.checks : (preview.data?.checks ?? [])).filter((check) => check.verdict !== 'skipped')
  const compared = editing ? null : review.compared
  return (
    <div className="flex min-h-full flex-col">
      <article className="grid flex-1 grid-cols-[minmax(0,1fr)] content-start gap-6 px-4 py-5 sm:px-6">
        <header className="grid gap-1.5">
          <div className="flex flex-wrap items-center gap-2">
            <Badge tone="accent">{review.kind === 'turn' ? 'An answer waits' : 'Knowledge to approve'}</Badge>
            <Badge>{review.source_name}</Badge>
            <span className="text-xs text-muted-fg">
              {review.asker} · {formatMoment(review.created_at)}
            </span>
          </div>
          <h2 className="text-lg font-semibold leading-snug">{review.question}</h2>
          <p className="text-[13px] text-muted-fg">{review.reason}</p>
          {(review.asker_text || review.asker_reasons.length > 0) && (
            <blockquote className="mt-1 border-l-2 pl-3 text-[13px]">
              {review.asker_text}
              {review.asker_reasons.length > 0 && <span className="block text-muted-fg">{review.asker_reasons.map((reason) => reason.replaceAll('_', ' ')).join(', ')}</span>}
            </blockquote>
          )}
        </header>
        {review.plan && (
          <Part title="Plan">
            <div className="grid gap-3 rounded-lg border bg-card p-3">
              {review.plan.steps.map((step) => (
                <QueryView key={step.id} query={step.query} />
              ))}
            </div>
          </Part>
        )}
        <Part title={compared ? 'SQL, with what changed' : 'SQL'} aside={editing ? 'You are editing.' : undefined}>
          <SqlCode value={compared?.after ?? sql} onChange={setSql} onRun={() => trial.mutate(sql)} dialect={review.dialect} label="SQL under review" original={editing ? review.sql : compared?.before} readOnly={!editing} />
          {readBack && !editing && <p className="text-[13px] leading-relaxed text-muted-fg">{readBack}</p>}
          {editing && result && <p className="text-[13px] leading-relaxed text-muted-fg">{result.back_translation}</p>}
        </Part>
        {(shown.isError || result || (!editing && preview.isLoading)) && (
          <Part title="Rows" aside={result && rowsText(result, shown === preview ? review.asker : '')}>
            {shown.isError ? (
              <p role="alert" className="text-[13px] text-err">
                {messageOf(shown.error)}
              </p>
            ) : result ? (
              <SimpleTable label="Rows of the statement" columns={result.columns} rows={result.rows} />
            ) : (
              <Skeleton className="h-32" />
            )}
          </Part>
        )}
        {(checks.length > 0 || review.conformance.length > 0) && (
          <div className="grid gap-6 md:grid-cols-2">
            {checks.length > 0 && (
              <Part title="Checks">
                <ChecksList checks={checks} />
              </Part>
            )}
            {review.conformance.length > 0 && (
              <Part title={conformanceText(review.conformance)}>
                <ConformanceList points={review.conformance} />
              </Part>
            )}
          </div>
        )}
        {review.similar.length > 0 && (
          <Part title="Similar approved patterns">
            <ul className="grid gap-2">
              {review.similar.map((pattern) => (
                <li key={pattern.id}>
                  <details className="rounded-md border bg-card px-3 py-2 text-[13px]">
                    <summary className="cursor-pointer">{pattern.question}</summary>
                    <SqlCode value={pattern.sql} dialect={review.dialect} label={`SQL of ${pattern.question}`} readOnly className="mt-2" />
                  </details>
                </li>
              ))}
            </ul>
          </Part>
        )}
      </article>
      {review.status === 'open' ? (
        <DecisionBar review={review} sql={sql} editing={editing} tried={tried} trying={trial.isPending} onTry={() => trial.mutate(sql)} onEdit={setEditing} onDecided={onDecided} />
      ) : (
        <p className="border-t px-6 py-3 text-[13px] text-muted-fg">
          {review.decided_by} {review.status} this.{review.note && ` “${review.note}”`}
        </p>
      )}
    </div>
  )
}

function rowsText(trial: SqlTrial, asker: string): string {
  const rows = `${trial.truncated ? 'first ' : ''}${count(trial.rows.length, 'row')}`
  return asker ? `${rows}, as ${asker} would get them` : rows
}

function Part({ title, aside, children }: { title: string; aside?: string | undefined; children: ReactNode }) {
  return (
    <section aria-label={title} className="grid min-w-0 grid-cols-[minmax(0,1fr)] content-start gap-2">
      <h3 className="text-xs font-medium text-muted-fg">
        {title}
        {aside && <span className="font-normal"> · {aside}</span>}
      </h3>
      {children}
    </section>
  )
}
