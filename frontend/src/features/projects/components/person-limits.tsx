import { useQuery } from '@tanstack/react-query'
import { useState } from 'react'
import { toast } from 'sonner'
import type { PersonLimits as Limits } from '@/api/types'
import { Button } from '@/components/ui/button'
import { Dialog, DialogContent } from '@/components/ui/dialog'
import { ErrorState, SkeletonLines } from '@/components/ui/feedback'
import { Field, Input } from '@/components/ui/field'
import { messageOf } from '@/lib/api-client'
import { personQuery, useLimitPerson } from '../api/members'

const FIELDS: [name: keyof Limits, label: string][] = [
  ['rows', 'Rows of a result'],
  ['seconds', 'Seconds of a statement'],
  ['statements', 'Statements of a question'],
  ['tokens', 'Tokens of a question'],
  ['scan_rows', 'Rows read, as foretold'],
  ['scan_bytes', 'Bytes read, as foretold'],
  ['scan_seconds', 'Seconds, as foretold'],
]

interface PersonLimitsProps {
  personId: string
  name: string
  onClose(): void
}

/** One person's own ceilings. The lower of these and the project's counts. */
export function PersonLimits({ personId, name, onClose }: PersonLimitsProps) {
  const person = useQuery(personQuery(personId))
  return (
    <Dialog open onOpenChange={(open) => !open && onClose()}>
      <DialogContent title={`Limits of ${name}`} description="For every project. The lower of these and the project’s own counts; empty leaves it to the project.">
        {person.isError && <ErrorState error={person.error} onRetry={() => void person.refetch()} />}
        {person.isPending && <SkeletonLines lines={4} />}
        {person.data && <LimitsForm personId={personId} limits={person.data.limits} onDone={onClose} />}
      </DialogContent>
    </Dialog>
  )
}

function wrong(text: string): boolean {
  return text.trim() !== '' && !(Number(text) > 0)
}

function LimitsForm({ personId, limits, onDone }: { personId: string; limits: Limits; onDone(): void }) {
  const [texts, setTexts] = useState(() => Object.fromEntries(FIELDS.map(([name]) => [name, limits[name] == null ? '' : String(limits[name])])))
  const save = useLimitPerson(personId)
  const submit = () => {
    const next = { ...limits }
    for (const [name] of FIELDS) next[name] = texts[name]?.trim() ? Number(texts[name]) : null
    save.mutate(next, {
      onSuccess: () => {
        toast.success('Saved.')
        onDone()
      },
    })
  }
  return (
    <form
      className="grid gap-4"
      onSubmit={(event) => {
        event.preventDefault()
        submit()
      }}
    >
      <div className="grid grid-cols-2 gap-4">
        {FIELDS.map(([name, label]) => (
          <Field key={name} label={label} error={wrong(texts[name] ?? '') ? 'A number above 0 is needed.' : undefined}>
            {(control) => <Input {...control} inputMode="decimal" className="tnum" placeholder="as the project" value={texts[name] ?? ''} onChange={(event) => setTexts({ ...texts, [name]: event.target.value })} />}
          </Field>
        ))}
      </div>
      {save.isError && (
        <p role="alert" className="text-[13px] text-err">
          {messageOf(save.error)}
        </p>
      )}
      <Button type="submit" variant="primary" className="justify-self-end" busy={save.isPending} disabled={Object.values(texts).some(wrong)}>
        Save
      </Button>
    </form>
  )
}
