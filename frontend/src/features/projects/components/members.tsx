import { useQuery } from '@tanstack/react-query'
import { Gauge, Plus, UserPlus, X } from 'lucide-react'
import { useState } from 'react'
import { toast } from 'sonner'
import { membersQuery, useMe } from '@/api/queries'
import type { Member, Project } from '@/api/types'
import { Button } from '@/components/ui/button'
import { ErrorState, SkeletonLines } from '@/components/ui/feedback'
import { Select } from '@/components/ui/field'
import { messageOf } from '@/lib/api-client'
import { offerUndo } from '@/lib/undo'
import { peopleQuery, useDeleteMember, useWriteMember } from '../api/members'
import { InvitePerson } from './invite-person'
import { PersonLimits } from './person-limits'

const ROLES: [Member['role'], string][] = [
  ['member', 'asks'],
  ['reviewer', 'asks and reviews'],
]

function fail(error: Error): void {
  toast.error(messageOf(error))
}

/** Who besides the owner asks here. What they may read is said at each source. */
export function Members({ project }: { project: Project }) {
  const me = useMe()
  const members = useQuery(membersQuery(project.id))
  const write = useWriteMember(project.id)
  const remove = useDeleteMember(project.id)
  const [limiting, setLimiting] = useState<Member | null>(null)
  const take = (member: Member) =>
    remove.mutate(member.user_id, {
      onSuccess: () => offerUndo(`${member.name} no longer asks here.`, () => write.mutateAsync({ userId: member.user_id, role: member.role })),
      onError: fail,
    })
  if (members.isError) return <ErrorState error={members.error} onRetry={() => void members.refetch()} />
  if (!members.data) return <SkeletonLines lines={2} />
  return (
    <div className="grid gap-3">
      {members.data.length === 0 && <p className="text-[13px] text-muted-fg">Nobody but the owner yet.</p>}
      {members.data.length > 0 && (
        <ul aria-label="Members" className="divide-y rounded-lg border bg-card">
          {members.data.map((member) => (
            <li key={member.user_id} className="flex flex-wrap items-center gap-x-3 gap-y-1 px-4 py-2">
              <span className="min-w-0 flex-1 truncate font-medium">{member.name}</span>
              {project.mine ? (
                <Select
                  className="w-40"
                  aria-label={`What ${member.name} does here`}
                  value={member.role}
                  onChange={(event) => write.mutate({ userId: member.user_id, role: event.target.value as Member['role'] }, { onError: fail })}
                >
                  {ROLES.map(([role, label]) => (
                    <option key={role} value={role}>
                      {label}
                    </option>
                  ))}
                </Select>
              ) : (
                <span className="text-[13px] text-muted-fg">{ROLES.find(([role]) => role === member.role)?.[1]}</span>
              )}
              {me?.role === 'admin' && (
                <Button variant="ghost" size="icon-sm" aria-label={`Limits of ${member.name}`} onClick={() => setLimiting(member)}>
                  <Gauge />
                </Button>
              )}
              {project.mine && (
                <Button variant="ghost" size="icon-sm" aria-label={`Remove ${member.name}`} onClick={() => take(member)}>
                  <X />
                </Button>
              )}
            </li>
          ))}
        </ul>
      )}
      {limiting && <PersonLimits personId={limiting.user_id} name={limiting.name} onClose={() => setLimiting(null)} />}
      {project.mine && <AddMember members={members.data} me={me?.id ?? ''} onAdd={(userId) => write.mutate({ userId, role: 'member' }, { onError: fail })} />}
    </div>
  )
}

function AddMember({ members, me, onAdd }: { members: readonly Member[]; me: string; onAdd(userId: string): void }) {
  const people = useQuery(peopleQuery)
  const isAdmin = useMe()?.role === 'admin'
  const [chosen, setChosen] = useState('')
  const [inviting, setInviting] = useState(false)
  const others = (people.data ?? []).filter((person) => person.id !== me && !members.some((member) => member.user_id === person.id))
  return (
    <div className="flex flex-wrap items-center gap-2">
      {others.length > 0 && (
        <form
          className="flex min-w-0 items-center gap-2"
          onSubmit={(event) => {
            event.preventDefault()
            if (!chosen) return
            onAdd(chosen)
            setChosen('')
          }}
        >
          <Select aria-label="Person" className="w-52" value={chosen} onChange={(event) => setChosen(event.target.value)}>
            <option value="">Choose a person…</option>
            {others.map((person) => (
              <option key={person.id} value={person.id}>
                {person.name}
              </option>
            ))}
          </Select>
          <Button type="submit" disabled={!chosen}>
            <Plus />
            Add
          </Button>
        </form>
      )}
      {isAdmin && (
        <Button variant={others.length > 0 ? 'ghost' : 'outline'} onClick={() => setInviting(true)}>
          <UserPlus />
          Invite somebody new
        </Button>
      )}
      {inviting && <InvitePerson onCreated={onAdd} onClose={() => setInviting(false)} />}
    </div>
  )
}
