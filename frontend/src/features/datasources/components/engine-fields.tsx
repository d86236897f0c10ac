import type { EngineField, Problem } from '@/api/types'
import { Field, Input, Select } from '@/components/ui/field'
import { Switch } from '@/components/ui/switch'
import { choiceText } from '../lib/kinds'
import type { Config } from '../api/datasources'

interface EngineFieldsProps {
  fields: readonly EngineField[]
  values: Config
  /** Saved secrets are never shown; an empty field keeps them. */
  secretsKept?: boolean
  /** What the server said against one of them. */
  problem?: Problem | null
  onChange(values: Config): void
}

/** The form of an engine, made from the server's description of it. */
export function EngineFields({ fields, values, secretsKept = false, problem = null, onChange }: EngineFieldsProps) {
  const set = (name: string, value: unknown) => onChange({ ...values, [name]: value })
  return (
    <div className="grid gap-4 sm:grid-cols-2">
      {fields.map((field) => (
        <Field key={field.name} label={field.title} help={field.help || undefined} error={problem?.field === `config.${field.name}` ? problem.message : undefined} required={field.required && !(field.secret && secretsKept)} className={field.kind === 'path' ? 'sm:col-span-2' : ''}>
          {(control) =>
            field.kind === 'boolean' ? (
              <Switch id={control.id} checked={values[field.name] === true} onCheckedChange={(checked) => set(field.name, checked)} />
            ) : field.kind === 'choice' ? (
              <Select {...control} value={text(values[field.name])} onChange={(event) => set(field.name, event.target.value)}>
                {field.choices.map((choice) => (
                  <option key={choice} value={choice}>
                    {choiceText(choice)}
                  </option>
                ))}
              </Select>
            ) : (
              <Input
                {...control}
                type={field.kind === 'password' ? 'password' : 'text'}
                inputMode={field.kind === 'number' ? 'numeric' : undefined}
                autoComplete={field.secret ? 'new-password' : 'off'}
                spellCheck={false}
                placeholder={field.secret && secretsKept ? 'unchanged' : undefined}
                className={field.kind === 'path' ? 'font-mono' : ''}
                value={text(values[field.name])}
                onChange={(event) => set(field.name, field.kind === 'number' ? numberOrText(event.target.value) : event.target.value)}
              />
            )
          }
        </Field>
      ))}
    </div>
  )
}

function text(value: unknown): string {
  return typeof value === 'string' || typeof value === 'number' ? String(value) : ''
}

function numberOrText(value: string): number | string {
  return value.trim() !== '' && Number.isFinite(Number(value)) ? Number(value) : value
}

export function defaults(fields: readonly EngineField[]): Config {
  return Object.fromEntries(fields.flatMap((field) => (field.default === null || field.default === undefined ? [] : [[field.name, field.default]])))
}

/** What is sent: empty optional fields are left out. */
export function filled(values: Config): Config {
  return Object.fromEntries(Object.entries(values).filter(([, value]) => value !== '' && value !== null && value !== undefined))
}

export function isComplete(fields: readonly EngineField[], values: Config, secretsKept = false): boolean {
  return fields.every((field) => !field.required || (field.secret && secretsKept) || text(values[field.name]).trim() !== '' || field.kind === 'boolean')
}
