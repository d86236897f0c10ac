import { useQuery } from '@tanstack/react-query'
import { useState } from 'react'
import { toast } from 'sonner'
import { membersQuery, schemaQuery } from '@/api/queries'
import type { Grant, TableGrant } from '@/api/types'
import { Button } from '@/components/ui/button'
import { ErrorState, SkeletonLines } from '@/components/ui/feedback'
import { Field, Select } from '@/components/ui/field'
import { SidePanel } from '@/components/ui/dialog'
import { Switch } from '@/components/ui/switch'
import { messageOf } from '@/lib/api-client'
import { useProject } from '@/lib/project'
import { useWriteGrant, type Tables } from '../api/grants'
import { TableGrantForm } from './table-grant-form'

const ROLES: [string, string][] = [
  ['everyone', 'Everyone in its projects'],
  ['role:viewer', 'Every viewer'],
  ['role:analyst', 'Every analyst'],
  ['role:reviewer', 'Every reviewer'],
]

interface GrantEditorProps {
  sourceId: string
  grant: Grant | null
  /** Subjects that have a grant already. */
  taken: readonly string[]
  onClose(): void
}

/** What one person, a role or everyone may read: all, or table by table with columns, a row filter and masks. */
export function GrantEditor({ sourceId, grant, taken, onClose }: GrantEditorProps) {
  const schema = useQuery(schemaQuery(sourceId))
  const project = useProject()
  const members = useQuery({ ...membersQuery(project?.id ?? ''), enabled: project !== null }).data ?? []
  const write = useWriteGrant(sourceId)
  const subjects = [...ROLES, ...members.map((member): [string, string] => [`user:${member.user_id}`, member.name])].filter(([subject]) => !taken.includes(subject))
  const [subject, setSubject] = useState(grant?.subject ?? subjects[0]?.[0] ?? '')
  const [tables, setTables] = useState<Tables>(grant ? grant.tables : {})
  const set = (name: string, to: TableGrant | null) =>
    setTables((current) => {
      const { [name]: _, ...others } = current ?? {}
      return to ? { ...others, [name]: to } : others
    })
  const save = () =>
    write.mutate(
      { subject, tables },
      {
        onSuccess: (saved) => {
          toast.success(`${saved.name}: saved.`)
          onClose()
        },
      },
    )
  return (
    <SidePanel
      title={grant ? `Access of ${grant.name}` : 'Give access'}
      description="What is not allowed here can be neither asked nor seen: not in answers, plans, suggestions or the schema."
      onClose={onClose}
      footer={
        <>
          <Button variant="primary" busy={write.isPending} disabled={!subject || (tables !== null && Object.keys(tables).length === 0)} onClick={save}>
            Save
          </Button>
          <Button variant="ghost" onClick={onClose}>
            Cancel
          </Button>
          {write.isError && (
            <p role="alert" className="min-w-0 flex-1 text-[13px] text-err">
              {messageOf(write.error)}
            </p>
          )}
        </>
      }
    >
      <div className="grid grid-cols-[minmax(0,1fr)] gap-5">
        {!grant && (
          <Field label="Who">
            {(field) => (
              <Select {...field} value={subject} onChange={(event) => setSubject(event.target.value)}>
                {subjects.map(([value, label]) => (
                  <option key={value} value={value}>
                    {label}
                  </option>
                ))}
              </Select>
            )}
          </Field>
        )}
        <div className="flex items-center gap-3 text-[13px]">
          <Switch aria-labelledby="whole-source" checked={tables === null} onCheckedChange={(all) => setTables(all ? null : {})} />
          <span id="whole-source">Every table, as it is</span>
        </div>
        {tables !== null && schema.isError && <ErrorState error={schema.error} onRetry={() => void schema.refetch()} />}
        {tables !== null && schema.isPending && <SkeletonLines lines={6} />}
        {tables !== null && schema.data && (
          <ul aria-label="Tables" className="divide-y rounded-lg border">
            {schema.data.tables.map((table) => (
              <li key={table.name}>
                <TableGrantForm table={table} grant={tables[table.name] ?? null} onChange={(to) => set(table.name, to)} />
              </li>
            ))}
          </ul>
        )}
      </div>
    </SidePanel>
  )
}
