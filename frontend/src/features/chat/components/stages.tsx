import { Check, ChevronDown, LoaderCircle } from 'lucide-react'
import { useEffect, useState } from 'react'
import type { Stage } from '@/api/types'
import { cn } from '@/lib/cn'
import { formatSeconds } from '@/lib/format'
import { isOver, type Turn } from '../turn'

const NAMES: Record<Stage, [doing: string, done: string]> = {
  understanding: ['Understanding the question', 'Understood'],
  planning: ['Making a plan', 'Planned'],
  writing_sql: ['Writing SQL', 'Wrote SQL'],
  checking: ['Checking the SQL', 'Checked'],
  repairing: ['Repairing the SQL', 'Repaired'],
  review: ['With a reviewer', 'Reviewed'],
  running: ['Running on the source', 'Ran'],
  answering: ['Writing the answer', 'Answered'],
}

export function stageName(stage: Stage): string {
  return NAMES[stage][0]
}

/** The line that says what is happening now; when it is over, how long each part took. */
export function Stages({ turn }: { turn: Turn }) {
  const [open, setOpen] = useState(false)
  const current = turn.stages.at(-1)
  if (!current) return turn.status === 'running' ? <Waiting /> : null
  const over = isOver(turn)
  const active = turn.status === 'running' && current.endedAt === null
  if (over && !turn.answer) return null
  if (!active && !over) return null
  return (
    <div className="text-[13px] text-muted-fg">
      <button type="button" aria-expanded={open} onClick={() => setOpen(!open)} className="-ml-1 flex min-h-6 max-w-full items-center gap-2 rounded px-1 hover:text-fg">
        {active ? <LoaderCircle className="size-3.5 shrink-0 animate-spin text-primary" aria-hidden /> : <Check className="size-3.5 shrink-0 text-ok" aria-hidden />}
        <span className="truncate">{active ? lineOf(turn) : `Worked for ${formatSeconds(turn.seconds ?? 0)}`}</span>
        {active && <Elapsed since={current.startedAt} />}
        <ChevronDown className={cn('size-3.5 shrink-0 transition-transform', open && 'rotate-180')} aria-hidden />
      </button>
      {open && (
        <ol className="mt-1.5 grid gap-1 border-l pl-3">
          {turn.stages.map((run, index) => (
            <li key={index} className="flex items-center gap-2">
              <span className="min-w-0 flex-1 truncate">
                {NAMES[run.stage][run.endedAt === null ? 0 : 1]}
                {run.detail && ` · ${run.detail}`}
              </span>
              {run.endedAt !== null && <span className="tnum text-xs">{formatSeconds((run.endedAt - run.startedAt) / 1000)}</span>}
            </li>
          ))}
        </ol>
      )}
    </div>
  )
}

/** Until the server says what it does: the question is on its way. */
function Waiting() {
  return (
    <p className="flex min-h-6 items-center gap-2 text-[13px] text-muted-fg">
      <LoaderCircle className="size-3.5 shrink-0 animate-spin text-primary" aria-hidden />
      {NAMES.understanding[0]}
    </p>
  )
}

function lineOf(turn: Turn): string {
  const current = turn.stages.at(-1)
  if (!current) return ''
  const step = turn.steps.at(-1)
  const attempt = step?.repairs.at(-1)?.attempt
  if (current.stage === 'repairing' && attempt) return `Repairing the SQL, try ${attempt}`
  if (current.stage === 'running' && step?.rowsFetched) return `Running on ${step.execution?.source_name ?? 'the source'} · ${step.rowsFetched} rows so far`
  return current.detail ? `${NAMES[current.stage][0]} · ${current.detail}` : NAMES[current.stage][0]
}

function Elapsed({ since }: { since: number }) {
  const [now, setNow] = useState(() => Date.now())
  useEffect(() => {
    const timer = setInterval(() => setNow(Date.now()), 500)
    return () => clearInterval(timer)
  }, [])
  const seconds = (now - since) / 1000
  return seconds < 2 ? null : <span className="tnum text-xs">{Math.floor(seconds)} s</span>
}
