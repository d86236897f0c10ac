/** What a region shows while it has nothing to show: loading, empty, error. */
import { CircleAlert, LoaderCircle, RotateCcw } from 'lucide-react'
import type { ComponentProps, ReactNode } from 'react'
import { messageOf } from '@/lib/api-client'
import { cn } from '@/lib/cn'
import { Button } from './button'

export function Skeleton({ className, ...rest }: ComponentProps<'div'>) {
  return <div aria-hidden className={cn('late animate-pulse rounded-md bg-muted', className)} {...rest} />
}

export function SkeletonLines({ lines = 3, label = 'Loading' }: { lines?: number; label?: string }) {
  return (
    <div role="status" aria-label={label} className="late grid gap-2.5">
      {Array.from({ length: lines }, (_, index) => (
        <div key={index} className="h-4 animate-pulse rounded bg-muted" style={{ width: `${92 - ((index * 17) % 45)}%` }} />
      ))}
    </div>
  )
}

export function Spinner({ className, label }: { className?: string; label?: string }) {
  return <LoaderCircle className={cn('size-4 animate-spin text-muted-fg', className)} {...(label ? { 'aria-label': label, role: 'img' } : { 'aria-hidden': true })} />
}

interface EmptyStateProps {
  icon: ReactNode
  title: string
  children?: ReactNode
  actions?: ReactNode
  className?: string
}

export function EmptyState({ icon, title, children, actions, className }: EmptyStateProps) {
  return (
    <div className={cn('mx-auto grid max-w-md justify-items-center gap-2 px-6 py-14 text-center', className)}>
      <span className="mb-1 grid size-10 place-items-center rounded-lg border bg-card text-muted-fg [&_svg]:size-5">{icon}</span>
      <h2 className="text-[15px] font-semibold">{title}</h2>
      {children && <div className="text-[13px] leading-5 text-muted-fg">{children}</div>}
      {actions && <div className="mt-3 flex flex-wrap justify-center gap-2">{actions}</div>}
    </div>
  )
}

export function ErrorState({ error, onRetry, title = 'This could not be loaded', className }: { error: unknown; onRetry?: (() => void) | undefined; title?: string; className?: string }) {
  return (
    <div role="alert" className={cn('flex items-start gap-3 rounded-lg border bg-card p-4', className)}>
      <CircleAlert className="mt-0.5 size-4 shrink-0 text-err" aria-hidden />
      <div className="min-w-0 flex-1">
        <p className="font-medium">{title}</p>
        <p className="mt-0.5 break-words text-[13px] text-muted-fg">{messageOf(error)}</p>
      </div>
      {onRetry && (
        <Button size="sm" onClick={onRetry}>
          <RotateCcw />
          Try again
        </Button>
      )}
    </div>
  )
}
