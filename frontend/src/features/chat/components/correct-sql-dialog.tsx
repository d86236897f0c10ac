import { Play } from 'lucide-react'
import { useState } from 'react'
import { toast } from 'sonner'
import type { Feedback } from '@/api/types'
import { SimpleTable } from '@/components/grid/simple-table'
import { ChecksList } from '@/components/evidence/checks'
import { SqlCode } from '@/components/sql/sql-code'
import { Button } from '@/components/ui/button'
import { Dialog, DialogContent } from '@/components/ui/dialog'
import { Kbd } from '@/components/ui/kbd'
import { messageOf } from '@/lib/api-client'
import { count } from '@/lib/format'
import { useTrySql, useWriteFeedback } from '../api/feedback'
import type { StepRun, Turn } from '../turn'
import type { Told } from './feedback-form'

interface CorrectSqlDialogProps {
  turn: Turn
  step: StepRun
  feedback: Feedback | null
  told: Told
  onClose(): void
}

/** Change the statement, try it, compare the rows, and hand it in. Nothing counts before a reviewer agrees. */
export function CorrectSqlDialog({ turn, step, feedback, told, onClose }: CorrectSqlDialogProps) {
  const draft = step.drafts.at(-1)
  const [sql, setSql] = useState(feedback?.corrected_sql || (draft?.sql ?? ''))
  const trial = useTrySql(turn.id)
  const write = useWriteFeedback(turn.id)
  const tried = trial.isSuccess && trial.variables === sql
  const send = () =>
    write.mutate(
      { verdict: 'down', reasons: told.reasons, text: told.text, corrected_sql: sql, request_review: true },
      {
        onSuccess: () => {
          toast.success('Your correction was sent to the reviewers.')
          onClose()
        },
      },
    )
  return (
    <Dialog open onOpenChange={(open) => !open && onClose()}>
      <DialogContent
        title="Correct the SQL"
        description="It is checked and run read-only. A reviewer decides whether it becomes knowledge."
        className="top-[4vh] max-h-[92vh] max-w-5xl"
        footer={
          <>
            {write.isError && (
              <p role="alert" className="mr-auto text-[13px] text-err">
                {messageOf(write.error)}
              </p>
            )}
            <Button onClick={() => trial.mutate(sql)} busy={trial.isPending} disabled={!sql.trim()}>
              <Play />
              Try it
              <Kbd keys="mod+enter" />
            </Button>
            <Button variant="primary" onClick={send} busy={write.isPending} disabled={!tried || sql.trim() === draft?.sql.trim()}>
              Send the correction
            </Button>
          </>
        }
      >
        <div className="grid gap-4">
          <SqlCode value={sql} onChange={setSql} onRun={() => trial.mutate(sql)} dialect={draft?.dialect ?? 'sqlite'} label="Corrected SQL" className="min-h-36" />
          {trial.isError && (
            <p role="alert" className="rounded-md bg-err-bg px-3 py-2 text-[13px] text-err">
              {messageOf(trial.error)}
            </p>
          )}
          {trial.data && tried && (
            <>
              {trial.data.back_translation && <p className="text-[13px] leading-relaxed text-muted-fg">{trial.data.back_translation}</p>}
              <ChecksList checks={trial.data.checks.filter((check) => check.verdict === 'warning' || check.verdict === 'failed')} />
            </>
          )}
          <div className="grid gap-4 md:grid-cols-2">
            <section className="min-w-0">
              <h3 className="mb-1.5 text-[13px] font-medium">Answered before{step.result && <span className="text-muted-fg"> · {count(step.result.row_count, 'row')}</span>}</h3>
              {step.result && <SimpleTable label="Rows of the answer" columns={step.result.columns.map((column) => column.label || column.name)} rows={step.result.rows} maxHeight={260} />}
            </section>
            <section className="min-w-0">
              <h3 className="mb-1.5 text-[13px] font-medium">
                Corrected{trial.data && tried && <span className="text-muted-fg"> · {trial.data.truncated ? `first ${count(trial.data.rows.length, 'row')}` : count(trial.data.rows.length, 'row')}</span>}
              </h3>
              {trial.data && tried ? (
                <SimpleTable label="Rows of the correction" columns={trial.data.columns} rows={trial.data.rows} maxHeight={260} />
              ) : (
                <p className="rounded-md border border-dashed px-3 py-8 text-center text-[13px] text-muted-fg">Try the statement to see its rows here.</p>
              )}
            </section>
          </div>
        </div>
      </DialogContent>
    </Dialog>
  )
}
