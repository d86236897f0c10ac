import type { ComponentProps } from 'react'
import { cn } from '@/lib/cn'

const TONES = {
  neutral: 'bg-muted text-muted-fg',
  ok: 'bg-ok-bg text-ok',
  warn: 'bg-warn-bg text-warn',
  err: 'bg-err-bg text-err',
  accent: 'bg-accent text-accent-fg',
}

export type Tone = keyof typeof TONES

export function Badge({ tone = 'neutral', className, ...rest }: ComponentProps<'span'> & { tone?: Tone }) {
  return (
    <span
      className={cn('inline-flex h-5 shrink-0 items-center gap-1 whitespace-nowrap rounded-full px-2 text-xs font-medium [&_svg]:size-3', TONES[tone], className)}
      {...rest}
    />
  )
}
