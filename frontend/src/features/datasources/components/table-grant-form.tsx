import { ChevronDown } from 'lucide-react'
import { useState } from 'react'
import type { TableGrant, TableView } from '@/api/types'
import { Button } from '@/components/ui/button'
import { Field, Input } from '@/components/ui/field'
import { cn } from '@/lib/cn'
import { count } from '@/lib/format'

interface TableGrantFormProps {
  table: TableView
  /** Null: the table may not be read. */
  grant: TableGrant | null
  onChange(grant: TableGrant | null): void
}

const WHOLE: TableGrant = { columns: null, filter: '', masks: {} }

/** One table of a grant: off, whole, or only some columns and rows. */
export function TableGrantForm({ table, grant, onChange }: TableGrantFormProps) {
  const [open, setOpen] = useState(false)
  const columns = grant?.columns ?? table.columns.map((column) => column.name)
  const masked = Object.keys(grant?.masks ?? {}).length
  const notes = grant ? [grant.columns && `${grant.columns.length} of ${count(table.columns.length, 'column')}`, grant.filter && 'some rows', masked > 0 && `${masked} masked`].filter(Boolean) : []
  return (
    <div className="px-3 py-1.5 text-[13px]">
      <div className="flex items-center gap-2">
        <label className="flex min-h-6 min-w-0 flex-1 flex-wrap items-center gap-x-2.5">
          <input type="checkbox" className="size-4 shrink-0 accent-(--primary)" checked={grant !== null} onChange={(event) => onChange(event.target.checked ? WHOLE : null)} />
          <span className="break-all">{table.name}</span>
          {notes.length > 0 && <span className="text-xs text-muted-fg">{notes.join(' · ')}</span>}
        </label>
        {grant && (
          <Button variant="ghost" size="icon-xs" aria-expanded={open} aria-label={`Limit ${table.name}`} onClick={() => setOpen(!open)}>
            <ChevronDown className={cn('transition-transform', open && 'rotate-180')} />
          </Button>
        )}
      </div>
      {grant && open && (
        <div className="grid grid-cols-[minmax(0,1fr)] gap-3 pb-2 pl-6.5 pt-2">
          <Field label="Only rows where" help="An SQL condition over this table’s own columns; empty for all rows.">
            {(field) => <Input {...field} className="font-mono text-[12.5px]" spellCheck={false} maxLength={2000} value={grant.filter ?? ''} onChange={(event) => onChange({ ...grant, filter: event.target.value })} />}
          </Field>
          <fieldset className="grid gap-1">
            <legend className="mb-1.5 font-medium">Columns</legend>
            {table.columns.map(({ name }) => (
              <ColumnRow
                key={name}
                name={name}
                allowed={columns.includes(name)}
                mask={grant.masks?.[name]}
                onAllow={(allowed) => {
                  const next = table.columns.map((column) => column.name).filter((other) => (other === name ? allowed : columns.includes(other)))
                  if (next.length > 0) onChange({ ...grant, columns: next.length === table.columns.length ? null : next })
                }}
                onMask={(mask) => {
                  const { [name]: _, ...others } = grant.masks ?? {}
                  onChange({ ...grant, masks: mask === undefined ? others : { ...others, [name]: mask } })
                }}
              />
            ))}
          </fieldset>
        </div>
      )}
    </div>
  )
}

interface ColumnRowProps {
  name: string
  allowed: boolean
  /** The SQL expression shown in the column's place. */
  mask: string | undefined
  onAllow(allowed: boolean): void
  onMask(mask: string | undefined): void
}

function ColumnRow({ name, allowed, mask, onAllow, onMask }: ColumnRowProps) {
  return (
    <div className="flex min-h-7 flex-wrap items-center gap-x-2 gap-y-1">
      <label className="flex min-h-6 min-w-0 flex-1 items-center gap-2.5">
        <input type="checkbox" className="size-4 shrink-0 accent-(--primary)" checked={allowed} onChange={(event) => onAllow(event.target.checked)} />
        <span className={cn('truncate', !allowed && 'text-muted-fg')}>{name}</span>
      </label>
      {allowed && mask === undefined && (
        <Button variant="ghost" size="xs" aria-label={`Mask ${name}`} onClick={() => onMask('NULL')}>
          Mask
        </Button>
      )}
      {allowed && mask !== undefined && (
        <span className="flex items-center gap-1.5 max-sm:w-full max-sm:pl-6.5">
          <Input aria-label={`Shown in place of ${name}`} className="h-7 min-w-0 font-mono sm:w-52 text-[12.5px]" spellCheck={false} maxLength={2000} value={mask} onChange={(event) => onMask(event.target.value)} />
          <Button variant="ghost" size="xs" aria-label={`Show ${name} as it is`} onClick={() => onMask(undefined)}>
            Unmask
          </Button>
        </span>
      )}
    </div>
  )
}
