import { CircleCheck, CircleMinus, CircleX, TriangleAlert } from 'lucide-react'
import type { ReactNode } from 'react'
import type { CheckResult, ConformancePoint } from '@/api/types'
import { formatSeconds } from '@/lib/format'

const VERDICTS = {
  passed: { icon: CircleCheck, colour: 'text-ok', word: 'passed' },
  warning: { icon: TriangleAlert, colour: 'text-warn', word: 'passed with a remark' },
  failed: { icon: CircleX, colour: 'text-err', word: 'failed' },
  skipped: { icon: CircleMinus, colour: 'text-muted-fg', word: 'skipped' },
} as const

interface ChecksListProps {
  checks: readonly CheckResult[]
  label?: string
  /** What can be done about a check, below it. */
  renderRemedy?(check: CheckResult): ReactNode
}

export function ChecksList({ checks, label = 'Checks', renderRemedy }: ChecksListProps) {
  return (
    <ul aria-label={label} className="grid gap-1">
      {checks.map((check, index) => {
        const { icon: Icon, colour, word } = VERDICTS[check.verdict]
        return (
          <li key={`${check.name}-${index}`} className="flex items-start gap-2 text-[13px]">
            <Icon className={`mt-0.5 size-4 shrink-0 ${colour}`} aria-label={word} />
            <span className="min-w-0 flex-1">
              <CheckText check={check} />
              {renderRemedy?.(check)}
            </span>
            {check.seconds >= 0.001 && <span className="tnum shrink-0 text-xs text-muted-fg">{formatSeconds(check.seconds)}</span>}
          </li>
        )
      })}
    </ul>
  )
}

/** A title says what holds when the check passes, so a doubt is told by its detail alone. */
function CheckText({ check }: { check: CheckResult }) {
  if (check.detail && (check.verdict === 'warning' || check.verdict === 'failed')) return <span title={check.title}>{check.detail}</span>
  return (
    <>
      {check.title}
      {check.detail && <span className="text-muted-fg"> — {check.detail}</span>}
    </>
  )
}

const KEPT = { kept: VERDICTS.passed, missing: VERDICTS.failed, extra: VERDICTS.warning, different: VERDICTS.failed }

export function ConformanceList({ points }: { points: readonly ConformancePoint[] }) {
  return (
    <ul aria-label="Promises of the plan" className="grid gap-1">
      {points.map((point, index) => {
        const { icon: Icon, colour } = KEPT[point.verdict]
        return (
          <li key={index} className="flex items-start gap-2 text-[13px]">
            <Icon className={`mt-0.5 size-4 shrink-0 ${colour}`} aria-label={point.verdict} />
            <span className="min-w-0 flex-1">
              {point.promise}
              {point.detail && <span className="text-muted-fg"> — {point.detail}</span>}
            </span>
            <span className="shrink-0 text-xs leading-5 text-muted-fg">{point.part}</span>
          </li>
        )
      })}
    </ul>
  )
}

/** "Matches the plan 7/7". */
export function conformanceText(points: readonly Pick<ConformancePoint, 'verdict'>[]): string {
  const kept = points.filter((point) => point.verdict === 'kept').length
  return `Matches the plan ${kept}/${points.length}`
}

export function keepsPlan(points: readonly ConformancePoint[]): boolean {
  return points.every((point) => point.verdict === 'kept')
}

const WEIGHT = { failed: 0, warning: 1, passed: 2, skipped: 3 }

/** What needs a look first. */
export function worstFirst(checks: readonly CheckResult[]): CheckResult[] {
  return checks.toSorted((a, b) => WEIGHT[a.verdict] - WEIGHT[b.verdict])
}
