import { useState } from 'react'
import type { Role } from '@/api/types'
import { Button } from '@/components/ui/button'
import { CopyButton } from '@/components/ui/copy-button'
import { Dialog, DialogContent } from '@/components/ui/dialog'
import { Field, Input, Select } from '@/components/ui/field'
import { messageOf } from '@/lib/api-client'
import { useCreatePerson } from '../api/members'

const ROLES: [Role, string][] = [
  ['analyst', 'Analyst: asks questions'],
  ['reviewer', 'Reviewer: also decides reviews'],
  ['viewer', 'Viewer: only looks'],
  ['admin', 'Administrator: also connects sources and invites people'],
]

interface InvitePersonProps {
  onCreated(userId: string): void
  onClose(): void
}

/** Makes a person and shows the link that signs them in; it works once and is not shown again. */
export function InvitePerson({ onCreated, onClose }: InvitePersonProps) {
  const [name, setName] = useState('')
  const [role, setRole] = useState<Role>('analyst')
  const create = useCreatePerson()
  return (
    <Dialog open onOpenChange={(open) => !open && onClose()}>
      <DialogContent title="Invite somebody" description={create.data ? undefined : 'They become a member of this project.'}>
        {create.data ? (
          <div className="grid gap-3">
            <p className="text-[13px]">Give this link to {create.data.person.name}. It signs them in once, within a day, and is not shown again.</p>
            <div className="flex items-center gap-2">
              <Input readOnly aria-label="Sign-in link" className="font-mono text-[12.5px]" value={create.data.link} onFocus={(event) => event.target.select()} />
              <CopyButton text={create.data.link} label="Copy the link" />
            </div>
            <Button variant="primary" className="justify-self-end" onClick={onClose}>
              Done
            </Button>
          </div>
        ) : (
          <form
            className="grid gap-4"
            onSubmit={(event) => {
              event.preventDefault()
              if (name.trim()) create.mutate({ name: name.trim(), role }, { onSuccess: ({ person }) => onCreated(person.id) })
            }}
          >
            <Field label="Name" required error={create.isError ? messageOf(create.error) : undefined}>
              {(field) => <Input {...field} autoFocus autoComplete="off" maxLength={100} value={name} onChange={(event) => setName(event.target.value)} />}
            </Field>
            <Field label="Role">
              {(field) => (
                <Select {...field} value={role} onChange={(event) => setRole(event.target.value as Role)}>
                  {ROLES.map(([value, label]) => (
                    <option key={value} value={value}>
                      {label}
                    </option>
                  ))}
                </Select>
              )}
            </Field>
            <Button type="submit" variant="primary" className="justify-self-end" disabled={!name.trim()} busy={create.isPending}>
              Make the link
            </Button>
          </form>
        )}
      </DialogContent>
    </Dialog>
  )
}
