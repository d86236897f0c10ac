import { CircleCheck, CircleX } from 'lucide-react'
import { useEffect, useRef } from 'react'
import type { TestReport as Report } from '@/api/types'
import { cn } from '@/lib/cn'
import { humanise } from '@/lib/format'

/** Each thing that was tried, with a hint where it failed. */
export function TestReport({ report }: { report: Report }) {
  const place = useRef<HTMLDivElement>(null)
  useEffect(() => place.current?.scrollIntoView({ block: 'nearest' }), [])
  const message = report.problem?.message ?? ''
  const told = message === '' || report.steps.some((step) => step.detail === message)
  return (
    <div ref={place} role="status" className={cn('grid scroll-mb-20 gap-2 rounded-md border px-3 py-2.5 text-[13px]', report.ok ? 'border-ok/40' : 'border-err/40')}>
      <p className={cn('font-medium', report.ok ? 'text-ok' : 'text-err')}>{report.ok ? 'The connection works.' : told ? 'The connection does not work yet.' : message}</p>
      <ol className="grid gap-1.5">
        {report.steps.map((step) => (
          <li key={step.name} className="flex items-start gap-2">
            {step.ok ? <CircleCheck className="mt-0.5 size-4 shrink-0 text-ok" aria-label="works" /> : <CircleX className="mt-0.5 size-4 shrink-0 text-err" aria-label="fails" />}
            <span className="min-w-0">
              <span className="font-medium">{humanise(step.name)}</span>
              {step.detail && <span className="text-muted-fg"> — {step.detail}</span>}
              {step.hint && <span className="block">{step.hint}</span>}
            </span>
          </li>
        ))}
      </ol>
    </div>
  )
}
