import { CircleAlert } from 'lucide-react'
import type { ConfidenceLabel } from '@/api/types'

/** What is open about a plan or an answer, in sight: a label alone would not say which word was left out. What is `said` beside it already is not said twice. */
export function OpenReasons({ label, reasons, said = [] }: { label: ConfidenceLabel; reasons: readonly string[]; said?: readonly string[] }) {
  const open = reasons.filter((reason) => !said.includes(reason))
  if (label !== 'check_this' || open.length === 0) return null
  return (
    <ul aria-label="Check this" className="grid gap-0.5">
      {open.map((reason) => (
        <li key={reason} className="flex items-start gap-2 text-[13px] text-warn">
          <CircleAlert className="mt-0.5 size-3.5 shrink-0" aria-hidden />
          <span className="min-w-0 break-words">{reason}</span>
        </li>
      ))}
    </ul>
  )
}
