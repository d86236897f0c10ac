import { useState } from 'react'
import type { Dimension, Grain, Measure, MeasureFunction, PlanQuery, SchemaView } from '@/api/types'
import { Combobox } from '@/components/ui/combobox'
import { Field, Input, Select } from '@/components/ui/field'
import { ChipForm } from './chip'
import { FUNCTIONS, GRAINS } from './describe'
import { columnOptions, findColumn, pickColumn, putDimension, putMeasure } from './edit'

export interface FieldFormProps<T> {
  item: T
  query: PlanQuery
  schema: SchemaView | undefined
  onChange(query: PlanQuery): void
  onRemove?: (() => void) | undefined
}

const CHOOSABLE: readonly MeasureFunction[] = ['count', 'count_distinct', 'sum', 'avg', 'min', 'max']
const MOMENTS: ReadonlySet<string> = new Set(['date', 'timestamp', 'datetime'])

function columnValue(item: Measure | Dimension): string {
  return item.column ? `${item.column.table}.${item.column.column}` : ''
}

export function MeasureForm({ item, query, schema, onChange, onRemove }: FieldFormProps<Measure>) {
  const [base, setBase] = useState(query)
  const [measure, setMeasure] = useState(item)
  const formula = measure.function === 'expression'
  const rows = measure.function === 'count' && !measure.column && !measure.expression
  const ready = formula ? Boolean(measure.expression?.trim()) : measure.function === 'count' || Boolean(measure.column ?? measure.expression)
  const options = [...(measure.function === 'count' ? [{ value: 'rows', label: 'rows' }] : []), ...columnOptions(schema, query)]
  const pick = (value: string) => {
    if (value === 'rows') return setMeasure({ ...measure, column: null, expression: null })
    const picked = pickColumn(schema, query, value)
    setBase(picked.query)
    setMeasure({ ...measure, column: picked.column, expression: null })
  }
  return (
    <ChipForm title="Measure" ready={ready} onApply={() => onChange(putMeasure(base, measure))} onRemove={onRemove}>
      <Field label="Compute">
        {(field) => (
          <Select {...field} value={measure.function} onChange={(event) => setMeasure({ ...measure, function: event.target.value as MeasureFunction })}>
            {(formula ? [...CHOOSABLE, 'expression' as const] : CHOOSABLE).map((name) => (
              <option key={name} value={name}>
                {FUNCTIONS[name]}
              </option>
            ))}
          </Select>
        )}
      </Field>
      {formula || measure.expression ? (
        <Field label="Formula" help="SQL over the plan’s tables.">
          {(field) => <Input {...field} className="font-mono" value={measure.expression ?? ''} onChange={(event) => setMeasure({ ...measure, expression: event.target.value })} />}
        </Field>
      ) : (
        <div className="grid gap-1.5">
          <span className="font-medium">Column</span>
          <Combobox label="Column" value={rows ? 'rows' : columnValue(measure)} options={options} onChange={pick} />
        </div>
      )}
      <NameField value={measure.label} onChange={(label) => setMeasure({ ...measure, label })} />
    </ChipForm>
  )
}

export function DimensionForm({ item, query, schema, onChange, onRemove }: FieldFormProps<Dimension>) {
  const [base, setBase] = useState(query)
  const [dimension, setDimension] = useState(item)
  const family = findColumn(schema, base, dimension.column)?.family ?? ''
  const pick = (value: string) => {
    const picked = pickColumn(schema, query, value)
    setBase(picked.query)
    setDimension({ ...dimension, column: picked.column, expression: null, grain: null, label: '' })
  }
  return (
    <ChipForm title="Column" ready={Boolean(dimension.column ?? dimension.expression)} onApply={() => onChange(putDimension(base, dimension))} onRemove={onRemove}>
      {dimension.expression ? (
        <p className="rounded-md bg-muted px-2 py-1.5 font-mono text-xs">{dimension.expression}</p>
      ) : (
        <div className="grid gap-1.5">
          <span className="font-medium">Column</span>
          <Combobox label="Column" value={columnValue(dimension)} options={columnOptions(schema, query)} onChange={pick} />
        </div>
      )}
      {(MOMENTS.has(family) || dimension.grain) && (
        <Field label="Period">
          {(field) => (
            <Select {...field} value={dimension.grain ?? ''} onChange={(event) => setDimension({ ...dimension, grain: (event.target.value || null) as Grain | null })}>
              <option value="">exact moment</option>
              {GRAINS.map((grain) => (
                <option key={grain} value={grain}>
                  {grain}
                </option>
              ))}
            </Select>
          )}
        </Field>
      )}
      <NameField value={dimension.label} onChange={(label) => setDimension({ ...dimension, label })} />
    </ChipForm>
  )
}

function NameField({ value, onChange }: { value: string; onChange(value: string): void }) {
  return (
    <Field label="Shown as">
      {(field) => <Input {...field} value={value} placeholder="the column’s own name" onChange={(event) => onChange(event.target.value)} />}
    </Field>
  )
}
