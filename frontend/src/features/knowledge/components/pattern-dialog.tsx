import { useQuery } from '@tanstack/react-query'
import { useState } from 'react'
import { toast } from 'sonner'
import { datasourcesQuery } from '@/api/queries'
import type { PatternView } from '@/api/types'
import { SqlCode } from '@/components/sql/sql-code'
import { Button } from '@/components/ui/button'
import { Dialog, DialogContent } from '@/components/ui/dialog'
import { Field, Input, Select } from '@/components/ui/field'
import { offerUndo } from '@/lib/undo'
import { messageOf } from '@/lib/api-client'
import { useDeletePattern, useSavePattern, useSetPatternStatus } from '../api/knowledge'

interface PatternDialogProps {
  projectId: string
  /** Null: a new one. */
  pattern: PatternView | null
  onClose(): void
}

export function PatternDialog({ projectId, pattern, onClose }: PatternDialogProps) {
  const { data: sources } = useQuery(datasourcesQuery(projectId))
  const [question, setQuestion] = useState(pattern?.question ?? '')
  const [sql, setSql] = useState(pattern?.sql ?? '')
  const [note, setNote] = useState(pattern?.note ?? '')
  const [chosen, setChosen] = useState(pattern?.source_id ?? '')
  const sourceId = chosen || (sources?.[0]?.id ?? '')
  const dialect = sources?.find((source) => source.id === sourceId)?.engine ?? 'sqlite'
  const save = useSavePattern(projectId, pattern?.id ?? null)
  const setStatus = useSetPatternStatus()
  const remove = useDeletePattern()
  const restore = useSavePattern(projectId, null)
  const error = save.error ?? setStatus.error ?? remove.error
  const done = (words: string) => ({
    onSuccess: () => {
      toast.success(words)
      onClose()
    },
  })
  const take = (held: PatternView) =>
    remove.mutate(held.id, {
      onSuccess: () => {
        onClose()
        offerUndo('The pattern was deleted.', async () => {
          const { question: asked, sql: statement, note: remark, source_id, status } = held
          const made = await restore.mutateAsync({ question: asked, sql: statement, note: remark, source_id })
          if (status !== 'candidate') await setStatus.mutateAsync({ id: made.id, status })
        })
      },
    })
  return (
    <Dialog open onOpenChange={(open) => !open && onClose()}>
      <DialogContent
        title={pattern ? 'Pattern' : 'New pattern'}
        description={pattern ? undefined : 'It starts as a candidate. Activating it runs the SQL once on today’s schema.'}
        className="max-w-3xl"
        footer={
          <>
            {pattern && (
              <span className="mr-auto flex flex-wrap gap-2">
                <Button variant="danger" busy={remove.isPending} onClick={() => take(pattern)}>
                  Delete
                </Button>
                {pattern.status === 'active' ? (
                  <Button busy={setStatus.isPending} onClick={() => setStatus.mutate({ id: pattern.id, status: 'expired' }, done('Switched off.'))}>
                    Switch off
                  </Button>
                ) : (
                  <Button busy={setStatus.isPending} onClick={() => setStatus.mutate({ id: pattern.id, status: 'active' }, done('Active.'))}>
                    Activate
                  </Button>
                )}
              </span>
            )}
            <Button variant="primary" busy={save.isPending} disabled={!question.trim() || !sql.trim() || !sourceId} onClick={() => save.mutate({ question: question.trim(), sql, note: note.trim(), source_id: sourceId }, done('Saved.'))}>
              Save
            </Button>
          </>
        }
      >
        <div className="grid gap-4">
          <Field label="Question" required>
            {(field) => <Input {...field} maxLength={2000} value={question} onChange={(event) => setQuestion(event.target.value)} />}
          </Field>
          {!pattern && (
            <Field label="Source" required>
              {(field) => (
                <Select {...field} value={sourceId} onChange={(event) => setChosen(event.target.value)}>
                  {sources?.map((source) => (
                    <option key={source.id} value={source.id}>
                      {source.name}
                    </option>
                  ))}
                </Select>
              )}
            </Field>
          )}
          <div className="grid gap-1.5">
            <span className="text-[13px] font-medium">SQL</span>
            <SqlCode value={sql} onChange={setSql} dialect={dialect} label="SQL of the pattern" className="min-h-28" />
          </div>
          <Field label="Note" help="For reviewers: why it is right, or what it must not be used for.">
            {(field) => <Input {...field} maxLength={2000} value={note} onChange={(event) => setNote(event.target.value)} />}
          </Field>
          {error && (
            <p role="alert" className="text-[13px] text-err">
              {messageOf(error)}
            </p>
          )}
        </div>
      </DialogContent>
    </Dialog>
  )
}
