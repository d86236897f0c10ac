import { useState } from 'react'
import type { ProjectLimits } from '@/api/types'
import { Button } from '@/components/ui/button'
import { Field, Input } from '@/components/ui/field'
import { formatBytes, formatCompact } from '@/lib/format'

interface LimitField {
  name: keyof ProjectLimits
  label: string
  help: string
  least: number
  most: number
  whole: boolean
}

const RUN: LimitField[] = [
  { name: 'rows', label: 'Rows', help: 'of one result', least: 1, most: 1_000_000, whole: true },
  { name: 'seconds', label: 'Seconds', help: 'of one statement', least: 1, most: 600, whole: false },
  { name: 'statements', label: 'Statements', help: 'of one turn, probes included', least: 1, most: 500, whole: true },
  { name: 'repairs', label: 'Repairs', help: 'of a failing statement', least: 0, most: 5, whole: true },
  { name: 'tokens', label: 'Tokens', help: 'of one turn', least: 0, most: 10_000_000, whole: true },
]

const FORETOLD: LimitField[] = [
  { name: 'scan_rows', label: 'Rows read', help: 'by one statement', least: 1, most: 1e15, whole: true },
  { name: 'scan_bytes', label: 'Bytes read', help: 'by one statement', least: 1, most: 1e18, whole: true },
  { name: 'scan_seconds', label: 'Seconds foretold', help: 'for one statement', least: 0.1, most: 86_400, whole: false },
]

const TRUST: LimitField[] = [
  { name: 'ask_below', label: 'Ask below', help: 'confidence from 0 to 1, when plans wait only when unsure', least: 0, most: 1, whole: false },
  { name: 'review_below', label: 'Review below', help: 'confidence from 0 to 1; 0 switches reviews off', least: 0, most: 1, whole: false },
]

const GROUPS: [title: string, fields: LimitField[]][] = [
  ['While it runs', RUN],
  ['Before it runs, as the database foretells', FORETOLD],
  ['When a person has to look', TRUST],
]
const FIELDS = GROUPS.flatMap(([, fields]) => fields)

/** Zeros cannot be counted at a glance: "1 TB by one statement". */
function helpOf({ name, help }: LimitField, text: string): string {
  const value = Number(text)
  if (!Number.isFinite(value) || value < 100_000) return help
  return `${name === 'scan_bytes' ? formatBytes(value) : formatCompact(value)} ${help}`
}

export function problemOf(text: string, field: { least: number; most: number; whole: boolean }): string | undefined {
  const value = Number(text)
  if (text.trim() === '' || !Number.isFinite(value)) return 'A number is needed.'
  if (field.whole && !Number.isInteger(value)) return 'A whole number is needed.'
  if (value < field.least || value > field.most) return `From ${field.least} to ${field.most}.`
  return undefined
}

export function Limits({ limits, busy, onSave }: { limits: ProjectLimits; busy: boolean; onSave(limits: ProjectLimits): void }) {
  const [texts, setTexts] = useState(() => Object.fromEntries(FIELDS.map(({ name }) => [name, String(limits[name])])))
  const valid = FIELDS.every((field) => problemOf(texts[field.name] ?? '', field) === undefined)
  const changed = FIELDS.some(({ name }) => Number(texts[name]) !== limits[name])
  return (
    <form
      className="grid gap-5"
      onSubmit={(event) => {
        event.preventDefault()
        const next = { ...limits }
        for (const { name } of FIELDS) next[name] = Number(texts[name])
        if (valid) onSave(next)
      }}
    >
      {GROUPS.map(([title, fields]) => (
        <fieldset key={title}>
          <legend className="mb-2 text-[13px] text-muted-fg">{title}</legend>
          <div className="grid grid-cols-2 gap-4 sm:grid-cols-3">
            {fields.map((field) => (
              <Field key={field.name} label={field.label} help={helpOf(field, texts[field.name] ?? '')} error={problemOf(texts[field.name] ?? '', field)}>
                {(control) => <Input {...control} inputMode="decimal" className="tnum" value={texts[field.name] ?? ''} onChange={(event) => setTexts({ ...texts, [field.name]: event.target.value })} />}
              </Field>
            ))}
          </div>
        </fieldset>
      ))}
      <Button type="submit" className="justify-self-start" disabled={!valid || !changed} busy={busy}>
        Save the limits
      </Button>
    </form>
  )
}
