import { Pencil } from 'lucide-react'
import { useState } from 'react'
import { toast } from 'sonner'
import { Button } from '@/components/ui/button'
import { Textarea } from '@/components/ui/field'
import { messageOf } from '@/lib/api-client'
import { useDescribe } from '../api/datasources'

interface DescribeProps {
  sourceId: string
  table: string
  /** Empty for the table itself. */
  column: string
  text: string
  /** The database's own comment, shown while nobody has written more. */
  fallback: string
}

/** What people say about a table or column; a click edits it. */
export function Describe({ sourceId, table, column, text, fallback }: DescribeProps) {
  const [draft, setDraft] = useState<string | null>(null)
  const describe = useDescribe(sourceId)
  const about = column ? `${table}.${column}` : table
  if (draft === null) {
    return (
      <button type="button" onClick={() => setDraft(text)} className="group/describe -mx-1 flex min-h-6 w-full items-start gap-1.5 rounded px-1 text-left text-[13px] text-muted-fg hover:text-fg">
        <span className="min-w-0 break-words">{text || fallback || <span className="italic">Add a description</span>}</span>
        <span className="sr-only">Describe {about}</span>
        <Pencil className="mt-1 size-3 shrink-0 opacity-0 group-hover/describe:opacity-100 group-focus-visible/describe:opacity-100" aria-hidden />
      </button>
    )
  }
  const save = () =>
    describe.mutate({ table, column, text: draft.trim() }, { onSuccess: () => setDraft(null), onError: (error) => toast.error(messageOf(error)) })
  return (
    <form
      className="grid gap-1.5"
      onSubmit={(event) => {
        event.preventDefault()
        save()
      }}
    >
      <Textarea
        autoFocus
        aria-label={`Description of ${about}`}
        className="min-h-14"
        maxLength={2000}
        value={draft}
        onChange={(event) => setDraft(event.target.value)}
        onKeyDown={(event) => {
          if (event.key === 'Escape') setDraft(null)
          if (event.key === 'Enter' && (event.metaKey || event.ctrlKey)) save()
        }}
      />
      <span className="flex gap-1.5">
        <Button type="submit" size="xs" variant="primary" busy={describe.isPending}>
          Save
        </Button>
        <Button size="xs" variant="ghost" onClick={() => setDraft(null)}>
          Cancel
        </Button>
      </span>
    </form>
  )
}
