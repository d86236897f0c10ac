import { ChevronDown, ListChecks, Undo2 } from 'lucide-react'
import { useQuery } from '@tanstack/react-query'
import { useState } from 'react'
import type { Plan, PlanProposed, PlanStep } from '@/api/types'
import { schemaQuery } from '@/api/queries'
import { ConfidenceBadge } from '@/components/evidence/confidence-badge'
import { OpenReasons } from '@/components/evidence/open-reasons'
import { Assumptions } from '@/components/plan/assumptions'
import { replaceQuery } from '@/components/plan/edit'
import { QueryView } from '@/components/plan/query-view'
import { Button } from '@/components/ui/button'
import { cn } from '@/lib/cn'
import { count, formatBytes, formatCompact, formatSeconds } from '@/lib/format'
import { revisePlan, type Revision } from '../commands'
import { useAction } from '../lib/use-action'
import type { Turn } from '../turn'
import { PlanActions } from './plan-actions'
import { PlanChecks } from './plan-checks'

/** The plan: open and editable while it waits, one line once it runs. */
export function PlanCard({ turn, proposed }: { turn: Turn; proposed: PlanProposed }) {
  const waiting = turn.waitingFor === 'confirmation'
  const [open, setOpen] = useState(false)
  const expanded = waiting || open
  return (
    <section aria-label="Plan" className="scroll-mt-4 rounded-lg border bg-card shadow-card" tabIndex={-1} id={`plan-${turn.id}`}>
      {waiting ? (
        <header className="flex min-h-11 flex-wrap items-center gap-2 border-b px-4 py-1.5">
          <ListChecks className="size-4 text-primary" aria-hidden />
          <h3 className="font-semibold">Plan</h3>
          <ConfidenceBadge label={proposed.confidence_label} reasons={proposed.reasons} />
          <span className="tnum ml-auto text-xs text-muted-fg">{estimateText(proposed.plan)}</span>
        </header>
      ) : (
        <button type="button" aria-expanded={open} onClick={() => setOpen(!open)} className="flex min-h-10 w-full items-center gap-2 rounded-lg px-4 text-left text-[13px] hover:bg-muted/40">
          <ListChecks className="size-4 shrink-0 text-primary" aria-hidden />
          <span className="font-medium">Plan</span>
          <span className="min-w-0 truncate text-muted-fg">{summaryLine(turn, proposed)}</span>
          <ChevronDown className={cn('ml-auto size-4 shrink-0 text-muted-fg transition-transform', open && 'rotate-180')} aria-hidden />
        </button>
      )}
      {expanded && <PlanBody turn={turn} proposed={proposed} waiting={waiting} />}
    </section>
  )
}

function PlanBody({ turn, proposed, waiting }: { turn: Turn; proposed: PlanProposed; waiting: boolean }) {
  const action = useAction()
  const [draft, setDraft] = useState<{ plan: Plan; revision: number } | null>(null)
  // What the person just changed is shown at once, until the server's own revision of it arrives or it refuses.
  const plan = draft && draft.revision === proposed.revision && !action.error ? draft.plan : proposed.plan
  const pending = draft !== null && draft.revision === proposed.revision && !action.error
  const previous = turn.plans.at(-2)
  const revise = (change: Revision) => action.run(() => revisePlan(turn, proposed.revision, change))
  const edit = (next: Plan) => {
    setDraft({ plan: next, revision: proposed.revision })
    revise({ plan: next })
  }
  return (
    <>
      <div className={cn('grid gap-4 px-4 py-3.5', !waiting && 'border-t')}>
        <p className="text-[13.5px] leading-relaxed">
          <span className="sr-only">Understood as: </span>
          {proposed.summary || plan.question}
        </p>
        {waiting && <OpenReasons label={proposed.confidence_label} reasons={proposed.reasons} said={[...proposed.checks.map((check) => check.detail), ...plan.assumptions.map((assumption) => assumption.text)]} />}
        {waiting && proposed.changes.length > 0 && <Changes proposed={proposed} onUndo={previous ? () => edit(previous.plan) : undefined} />}
        {plan.steps.map((step, index) => (
          <StepView key={step.id} step={step} number={plan.steps.length > 1 ? index + 1 : null} onChange={waiting ? (next) => edit(replaceQuery(plan, step.id, next)) : undefined} />
        ))}
        {plan.assumptions.length > 0 && (
          <div className="grid gap-2 rounded-md bg-muted/50 px-3 py-2.5">
            <h3 className="text-xs font-medium text-muted-fg">{count(plan.assumptions.length, 'assumption')}</h3>
            <Assumptions assumptions={plan.assumptions} disabled={action.busy} onChoose={waiting ? (assumptionId, optionId) => revise({ assumptionId, optionId }) : undefined} />
          </div>
        )}
        <PlanChecks proposed={proposed} disabled={pending || action.busy} onTake={waiting ? (offer) => edit(offer.plan) : undefined} />
      </div>
      {waiting && <PlanActions turn={turn} proposed={proposed} pending={pending} onWords={(words) => revise({ words })} revising={action} />}
    </>
  )
}

function StepView({ step, number, onChange }: { step: PlanStep; number: number | null; onChange: ((query: PlanStep['query']) => void) | undefined }) {
  const joinsSteps = step.source_id === 'steps'
  const { data: schema } = useQuery({ ...schemaQuery(step.source_id), enabled: Boolean(onChange) && !joinsSteps })
  return (
    <div>
      {number !== null && (
        <h3 className="mb-1.5 text-xs font-medium text-muted-fg">
          Step {number}: {joinsSteps ? 'bring the results together' : step.source_name}
        </h3>
      )}
      <QueryView query={step.query} schema={schema} onChange={onChange} />
    </div>
  )
}

function Changes({ proposed, onUndo }: { proposed: PlanProposed; onUndo: (() => void) | undefined }) {
  const shown = shownChanges(proposed.changes)
  if (shown.length === 0 && !onUndo) return null
  return (
    <div className="flex items-start gap-3 rounded-md border border-dashed px-3 py-2 text-[13px]" role="status">
      <ul className="min-w-0 flex-1 grid gap-0.5">
        {shown.map((change, index) => (
          <li key={index} className="break-words">
            <span className="text-muted-fg">{partOf(change.path)}: </span>
            {change.before && <del className="text-err decoration-err/50">{change.before}</del>}
            {change.before && change.after && <span aria-hidden> → </span>}
            {change.after && <ins className="text-ok no-underline">{change.after}</ins>}
          </li>
        ))}
      </ul>
      {onUndo && (
        <Button variant="ghost" size="xs" onClick={onUndo}>
          <Undo2 />
          Undo
        </Button>
      )}
    </div>
  )
}

/** Without the words the person just typed, and without what went away in one place and came back in another. */
function shownChanges(changes: PlanProposed['changes']): PlanProposed['changes'] {
  const moved = (text: string, side: 'before' | 'after') => text !== '' && changes.some((change) => change[side] === text && (side === 'before' ? change.after : change.before) === '')
  return changes.filter(({ path, before, after }) => {
    if (path === 'question') return false
    if (before === '') return !moved(after, 'before')
    return after !== '' || !moved(before, 'after')
  })
}

const PARTS: Record<string, string> = {
  tables: 'Table',
  joins: 'Join',
  dimensions: 'Column',
  measures: 'Measure',
  filters: 'Filter',
  order: 'Sort',
  limit: 'Number of rows',
  offset: 'Number of rows',
  distinct: 'Repeated rows',
  combine: 'Combination',
  assumptions: 'Assumption',
  question: 'Question',
}

/** `steps.s1.query.filters.f1` → "Filter". */
function partOf(path: string): string {
  return path.split('.').map((part) => PARTS[part]).findLast(Boolean) ?? 'Plan'
}

function estimateText(plan: Plan): string {
  const { rows, bytes, seconds } = plan.estimate
  const parts = [
    rows != null && `about ${formatCompact(rows)} rows read`,
    bytes != null && formatBytes(bytes),
    seconds != null && `${seconds < 0.01 ? '' : '~'}${formatSeconds(seconds)}`,
  ]
  return parts.filter(Boolean).join(' · ')
}

function summaryLine(turn: Turn, proposed: PlanProposed): string {
  const queries = proposed.plan.steps.map((step) => step.query)
  const tables = new Set(queries.flatMap((query) => query.tables.map((table) => table.table || table.alias)))
  const filters = queries.reduce((sum, query) => sum + query.filters.length, 0)
  const parts = [count(tables.size, 'table'), ...(filters > 0 ? [count(filters, 'filter')] : [])]
  if (turn.rejected) parts.push('rejected')
  else if (turn.confirmed?.by === 'policy') parts.push('ran without asking')
  else if (turn.confirmed && proposed.revision > 1) parts.push('edited and confirmed by you')
  else if (turn.confirmed) parts.push('confirmed by you')
  return parts.join(' · ')
}
