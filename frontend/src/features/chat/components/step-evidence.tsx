import { useState } from 'react'
import type { AnswerReady, CheckResult } from '@/api/types'
import { ChecksList, conformanceText, ConformanceList, keepsPlan, worstFirst } from '@/components/evidence/checks'
import { LABELS } from '@/components/evidence/confidence-badge'
import { SqlCode } from '@/components/sql/sql-code'
import { Badge } from '@/components/ui/badge'
import { Segmented } from '@/components/ui/segmented'
import type { StepRun } from '../turn'

const ORIGINS = { embedded: 'built-in reasoner', llm: 'language model', pattern: 'approved pattern', person: 'a person', reviewer: 'a reviewer' }

/** The statement that ran, byte for byte, and the earlier tries. */
export function StepSql({ step }: { step: StepRun }) {
  const [attempt, setAttempt] = useState<string | null>(null)
  const draft = step.drafts[attempt === null ? step.drafts.length - 1 : Number(attempt)]
  if (!draft) return <p className="text-[13px] text-muted-fg">No SQL has been written yet.</p>
  const repair = step.repairs.find((run) => run.attempt === draft.attempt + 1)
  const checks = step.checks.findLast((run) => run.attempt === draft.attempt)
  return (
    <div className="grid gap-2">
      <div className="flex flex-wrap items-center gap-2">
        <Badge>{draft.dialect}</Badge>
        <Badge tone="ok">read-only</Badge>
        <span className="text-xs text-muted-fg">written by the {ORIGINS[draft.origin]}</span>
        {step.drafts.length > 1 && (
          <Segmented
            className="ml-auto"
            label="Try"
            value={attempt ?? String(step.drafts.length - 1)}
            onChange={setAttempt}
            options={step.drafts.map((_, index) => ({ value: String(index), label: `Try ${index + 1}` }))}
          />
        )}
      </div>
      <SqlCode value={draft.sql} dialect={draft.dialect} label="SQL statement" readOnly />
      {repair && <p className="text-[13px] text-err">{repair.problem}</p>}
      {checks?.back_translation && (
        <div className="rounded-md bg-muted/60 px-3 py-2">
          <h3 className="text-xs font-medium text-muted-fg">The SQL read back</h3>
          <p className="mt-0.5 text-[13px] leading-relaxed">{checks.back_translation}</p>
        </div>
      )}
    </div>
  )
}

/** What was checked, before it ran and on its rows, and the plan point by point. */
export function StepEvidence({ step, answer }: { step: StepRun; answer: AnswerReady | null }) {
  const answered: readonly CheckResult[] = answer?.checks ?? []
  const run = step.checks.at(-1)
  const checks = worstFirst(answered.length > 0 ? answered : (run?.checks ?? [])).filter((check) => check.verdict !== 'skipped')
  if (!run) return <p className="text-[13px] text-muted-fg">The checks have not run yet.</p>
  return (
    <div className="grid gap-4 sm:grid-cols-2">
      {answer && <LabelReasons answer={answer} />}
      <section>
        <h3 className="mb-2 text-xs font-medium text-muted-fg">{answered.length > 0 ? 'Checks before and after it ran' : 'Checks before it ran'}</h3>
        <ChecksList checks={checks} />
      </section>
      {run.conformance.length > 0 && (
        <section>
          <h3 className={`mb-2 text-xs font-medium ${keepsPlan(run.conformance) ? 'text-muted-fg' : 'text-warn'}`}>{conformanceText(run.conformance)}</h3>
          <ConformanceList points={run.conformance} />
        </section>
      )}
    </div>
  )
}

/** Which of the three labels the answer has, and what gave it. */
function LabelReasons({ answer }: { answer: AnswerReady }) {
  const { confidence_label: label, reasons } = answer
  return (
    <section className="sm:col-span-2">
      <h3 className="mb-2 text-xs font-medium text-muted-fg">Why “{LABELS[label].word}”</h3>
      <div className="text-[13px]">
        <p>{LABELS[label].meaning}</p>
        {reasons.length > 0 && (
          <ul className="mt-1 grid list-disc gap-0.5 pl-4 text-muted-fg">
            {reasons.map((reason) => (
              <li key={reason}>{reason}</li>
            ))}
          </ul>
        )}
      </div>
    </section>
  )
}
