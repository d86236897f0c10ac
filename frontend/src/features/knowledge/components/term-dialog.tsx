import { useState } from 'react'
import { toast } from 'sonner'
import type { TermView, TermWrite } from '@/api/types'
import { Button } from '@/components/ui/button'
import { Dialog, DialogContent } from '@/components/ui/dialog'
import { Field, Input, Textarea } from '@/components/ui/field'
import { Segmented } from '@/components/ui/segmented'
import { offerUndo } from '@/lib/undo'
import { messageOf } from '@/lib/api-client'
import { useDeleteTerm, useSaveTerm } from '../api/knowledge'

const KINDS: Record<TermView['kind'], string> = {
  definition: 'An explanation for people and models.',
  synonym: 'Another word for a table or column.',
  metric: 'A number with a formula.',
  filter: 'A condition on rows.',
}

/** "a, b" → ["a", "b"]. */
export function parseList(text: string): string[] {
  return [...new Set(text.split(',').map((part) => part.trim()))].filter(Boolean)
}

export function TermDialog({ projectId, term, onClose }: { projectId: string; term: TermView | null; onClose(): void }) {
  const [word, setWord] = useState(term?.term ?? '')
  const [kind, setKind] = useState<TermView['kind']>(term?.kind ?? 'definition')
  const [synonyms, setSynonyms] = useState(term?.synonyms.join(', ') ?? '')
  const [definition, setDefinition] = useState(term?.definition ?? '')
  const [targets, setTargets] = useState(term?.targets.join(', ') ?? '')
  const [expression, setExpression] = useState(term?.expression ?? '')
  const save = useSaveTerm(term?.id ?? null)
  const remove = useDeleteTerm()
  const restore = useSaveTerm(null)
  const formula = kind === 'metric' || kind === 'filter'
  const complete = word.trim() !== '' && (!formula || expression.trim() !== '') && (kind !== 'synonym' || targets.trim() !== '')
  const body: TermWrite = {
    project_id: projectId,
    term: word.trim(),
    kind,
    synonyms: parseList(synonyms),
    definition: definition.trim(),
    targets: parseList(targets),
    expression: formula ? expression.trim() : '',
  }
  const done = (words: string) => ({
    onSuccess: () => {
      toast.success(words)
      onClose()
    },
  })
  const take = (held: TermView) =>
    remove.mutate(held.id, {
      onSuccess: () => {
        onClose()
        const { kind: was, term: name, synonyms: also, definition: means, targets: of, expression: formulaOf } = held
        offerUndo(`“${name}” was deleted.`, () => restore.mutateAsync({ project_id: projectId, kind: was, term: name, synonyms: also, definition: means, targets: of, expression: formulaOf }))
      },
    })
  const error = save.error ?? remove.error
  return (
    <Dialog open onOpenChange={(open) => !open && onClose()}>
      <DialogContent
        title={term ? `Term “${term.term}”` : 'New term'}
        footer={
          <>
            {term && (
              <Button variant="danger" className="mr-auto" busy={remove.isPending} onClick={() => take(term)}>
                Delete
              </Button>
            )}
            <Button variant="primary" type="submit" form="term" busy={save.isPending} disabled={!complete}>
              Save
            </Button>
          </>
        }
      >
        <form
          id="term"
          className="grid gap-4"
          onSubmit={(event) => {
            event.preventDefault()
            if (complete) save.mutate(body, done('Saved.'))
          }}
        >
          <Field label="Word or phrase" required>
            {(field) => <Input {...field} maxLength={200} value={word} onChange={(event) => setWord(event.target.value)} />}
          </Field>
          <div className="grid gap-1.5">
            <Segmented label="Kind" value={kind} onChange={setKind} options={(['definition', 'synonym', 'metric', 'filter'] as const).map((value) => ({ value, label: value.charAt(0).toUpperCase() + value.slice(1) }))} />
            <p className="text-xs text-muted-fg">{KINDS[kind]}</p>
          </div>
          <Field label="Other words for it" help="Separate with commas.">
            {(field) => <Input {...field} value={synonyms} onChange={(event) => setSynonyms(event.target.value)} />}
          </Field>
          <Field label="Meaning">{(field) => <Textarea {...field} maxLength={2000} value={definition} onChange={(event) => setDefinition(event.target.value)} />}</Field>
          <Field label="Tables or columns" help="table or table.column, separated with commas." required={kind === 'synonym'}>
            {(field) => <Input {...field} className="font-mono" value={targets} onChange={(event) => setTargets(event.target.value)} />}
          </Field>
          {formula && (
            <Field label={kind === 'metric' ? 'Formula' : 'Condition'} help="SQL in the source’s dialect." required>
              {(field) => <Textarea {...field} className="font-mono text-xs" maxLength={4000} value={expression} onChange={(event) => setExpression(event.target.value)} />}
            </Field>
          )}
          {error && (
            <p role="alert" className="text-[13px] text-err">
              {messageOf(error)}
            </p>
          )}
        </form>
      </DialogContent>
    </Dialog>
  )
}
