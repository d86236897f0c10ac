import { useQuery } from '@tanstack/react-query'
import { KeyRound, Pencil, Plus, Trash2 } from 'lucide-react'
import { useState } from 'react'
import { toast } from 'sonner'
import type { Grant } from '@/api/types'
import { Button } from '@/components/ui/button'
import { EmptyState, ErrorState, SkeletonLines } from '@/components/ui/feedback'
import { messageOf } from '@/lib/api-client'
import { offerUndo } from '@/lib/undo'
import { grantsQuery, summaryOf, useDeleteGrant, useWriteGrant } from '../api/grants'
import { GrantEditor } from './grant-editor'

/** Who besides the owner may read this source, and how much of it. */
export function Access({ sourceId }: { sourceId: string }) {
  const grants = useQuery(grantsQuery(sourceId))
  const remove = useDeleteGrant(sourceId)
  const write = useWriteGrant(sourceId)
  const [editing, setEditing] = useState<Grant | 'new' | null>(null)
  if (grants.isError) return <ErrorState error={grants.error} onRetry={() => void grants.refetch()} />
  if (!grants.data) return <SkeletonLines lines={3} />
  const add = (
    <Button variant="primary" size="sm" onClick={() => setEditing('new')}>
      <Plus />
      Give access
    </Button>
  )
  return (
    <section aria-label="Access" className="grid max-w-3xl gap-3">
      {grants.data.length === 0 ? (
        <EmptyState icon={<KeyRound />} title="Only you can ask this source" actions={add}>
          Members of your projects read nothing of it until you say what: whole tables, some columns, only rows that meet a condition, or columns shown in another form.
        </EmptyState>
      ) : (
        <>
          <div className="flex flex-wrap items-center gap-3">
            <p className="min-w-0 flex-1 text-[13px] text-muted-fg">For each person the closest one counts: their own, else their role’s, else everyone’s. You always read everything.</p>
            {add}
          </div>
          <ul className="divide-y rounded-lg border bg-card">
            {grants.data.map((grant) => (
              <li key={grant.subject} className="flex flex-wrap items-center gap-x-3 gap-y-1 px-4 py-2.5">
                <span className="min-w-0 flex-1">
                  <span className="block font-medium">{grant.name}</span>
                  <span className="block text-[13px] text-muted-fg">{summaryOf(grant.tables)}</span>
                </span>
                <Button variant="ghost" size="icon-sm" aria-label={`Change the access of ${grant.name}`} onClick={() => setEditing(grant)}>
                  <Pencil />
                </Button>
                <Button
                  variant="ghost"
                  size="icon-sm"
                  aria-label={`Take away the access of ${grant.name}`}
                  busy={remove.isPending && remove.variables === grant.subject}
                  onClick={() => remove.mutate(grant.subject, { onSuccess: () => offerUndo(`${grant.name}: access taken away.`, () => write.mutateAsync({ subject: grant.subject, tables: grant.tables })), onError: (error) => toast.error(messageOf(error)) })}
                >
                  <Trash2 />
                </Button>
              </li>
            ))}
          </ul>
        </>
      )}
      {editing && <GrantEditor sourceId={sourceId} grant={editing === 'new' ? null : editing} taken={grants.data.map((grant) => grant.subject)} onClose={() => setEditing(null)} />}
    </section>
  )
}
