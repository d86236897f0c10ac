import { CircleAlert, CircleSlash, Hourglass, RotateCcw, Square, UserCheck } from 'lucide-react'
import { memo, useState, type ReactNode } from 'react'
import { Link } from 'react-router'
import { Button } from '@/components/ui/button'
import { Region } from '@/components/ui/region'
import { Segmented } from '@/components/ui/segmented'
import { latestPlan, type StepRun, type Turn } from '../turn'
import { AnswerCard } from './answer-card'
import { Clarification } from './clarification'
import { DeclinedCard } from './declined-card'
import { PlanCard } from './plan-card'
import { Stages } from './stages'
import { StepSql } from './step-evidence'
import { LinkedQuestion } from './understood'

interface TurnViewProps {
  turn: Turn
  last: boolean
  onAsk(question: string): void
  onEdit(question: string): void
}

/** One question and all that came of it. */
export const TurnView = memo(function TurnView({ turn, last, onAsk, onEdit }: TurnViewProps) {
  const proposed = latestPlan(turn)
  // Of the first plan: what is said in words later has links of its own.
  const first = turn.plans[0]
  const links = first?.plan.links.length ? first.plan.links : (turn.understood?.links ?? turn.declined?.links ?? [])
  const asking = turn.waitingFor === 'clarification'
  return (
    <section aria-label={`Question: ${turn.question}`} className="grid grid-cols-[minmax(0,1fr)] gap-3">
      <h2 className="sr-only">{turn.question}</h2>
      <Question>
        <LinkedQuestion question={turn.question} links={links} />
      </Question>
      {turn.understood?.note && last && <p className="text-xs text-muted-fg">{turn.understood.note}</p>}
      {turn.clarifications.map((run) => (
        <Clarification key={run.asked.clarification_id} turn={turn} run={run} active={asking} />
      ))}
      {proposed && <PlanCard turn={turn} proposed={proposed} />}
      <Region title="This answer could not be shown">
        <Outcome turn={turn} last={last} onAsk={onAsk} onEdit={onEdit} />
      </Region>
      <Stages turn={turn} />
    </section>
  )
})

export function Question({ children, muted = false }: { children: ReactNode; muted?: boolean }) {
  return <div className={`ml-auto w-fit max-w-[85%] whitespace-pre-wrap break-words rounded-2xl rounded-br-md bg-accent px-3.5 py-2 leading-relaxed text-accent-fg ${muted ? 'opacity-60' : ''}`}>{children}</div>
}

function Outcome({ turn, last, onAsk, onEdit }: TurnViewProps) {
  const [chosen, setChosen] = useState<string | null>(null)
  const answered = turn.steps.filter((step) => step.result !== null)
  const step = answered.find((item) => item.id === chosen) ?? answered.at(-1)
  const drafted = turn.steps.at(-1)
  return (
    <>
      {turn.review?.requested && <ReviewNotice turn={turn} />}
      {answered.length > 1 && step && (
        <Segmented
          label="Step of the plan"
          value={step.id}
          onChange={setChosen}
          options={answered.map((item, index) => ({ value: item.id, label: index === answered.length - 1 ? 'Final result' : `Step ${index + 1}: ${item.execution?.source_name ?? ''}` }))}
        />
      )}
      {step ? <AnswerCard key={step.id} turn={turn} step={step} last={last} onAsk={onAsk} /> : drafted && drafted.drafts.length > 0 && <DraftFold step={drafted} open={turn.status === 'failed'} />}
      {turn.review && !turn.review.requested && <ReviewNotice turn={turn} />}
      {!step && turn.answer && <p className="rounded-lg border bg-card px-4 py-3">{turn.answer.text}</p>}
      {turn.declined && <DeclinedCard turn={turn} onAsk={onAsk} onEdit={onEdit} />}
      {turn.problem && (
        <Notice icon={<CircleAlert className="text-err" />} alert title={turn.problem.message}>
          {turn.problem.code.startsWith('source') && (
            <Button size="sm" asChild>
              <Link to="/data">Look at the sources</Link>
            </Button>
          )}
          {(turn.problem.retryable || turn.problem.code.startsWith('source')) && (
            <Button size="sm" onClick={() => onAsk(turn.question)}>
              <RotateCcw />
              Try again
            </Button>
          )}
          <Button size="sm" variant="ghost" onClick={() => onEdit(turn.question)}>
            Edit the question
          </Button>
        </Notice>
      )}
      {turn.status === 'rejected' && (
        <Notice icon={<CircleSlash />} title="You rejected the plan. Nothing has run.">
          <Button size="sm" variant="ghost" onClick={() => onEdit(turn.question)}>
            Edit the question
          </Button>
        </Notice>
      )}
      {turn.status === 'cancelled' && (
        <Notice icon={<Square />} title="Stopped.">
          <Button size="sm" variant="ghost" onClick={() => onAsk(turn.question)}>
            <RotateCcw />
            Ask again
          </Button>
        </Notice>
      )}
    </>
  )
}

function DraftFold({ step, open }: { step: StepRun; open: boolean }) {
  return (
    <details className="rounded-lg border bg-card text-[13px]" open={open}>
      <summary className="cursor-pointer px-4 py-2 font-medium">SQL</summary>
      <div className="px-4 pb-3">
        <StepSql step={step} />
      </div>
    </details>
  )
}

function Notice({ icon, title, alert = false, children }: { icon: ReactNode; title: string; alert?: boolean; children?: ReactNode }) {
  return (
    <div role={alert ? 'alert' : undefined} className="flex flex-wrap items-center gap-x-3 gap-y-2 rounded-lg border bg-card px-4 py-3 [&>svg]:size-4 [&>svg]:shrink-0">
      {icon}
      <p className="min-w-40 flex-1 break-words">{title}</p>
      {children}
    </div>
  )
}

const DECISIONS = { approved: 'approved the SQL', corrected: 'corrected the SQL', rejected: 'rejected the answer' }
/** Of a correction or of praise, after the answer. */
const LATER = {
  approved: 'approved this. Questions like it are answered so from now on',
  corrected: 'approved this in another form. Questions like it are answered so from now on',
  rejected: 'did not approve this',
}

function ReviewNotice({ turn }: { turn: Turn }) {
  const { requested, decided } = turn.review ?? {}
  if (decided) {
    const said = requested ? DECISIONS[decided.decision] : LATER[decided.decision]
    return <Notice icon={<UserCheck />} title={`${decided.by} ${said}.${decided.note ? ` “${decided.note}”` : ''}`} />
  }
  if (!requested) return null
  return <Notice icon={<Hourglass />} title={`A reviewer looks at this first. ${requested.reason} You can leave; the answer will be here.`} />
}
