import { X } from 'lucide-react'
import { useState } from 'react'
import type { ColumnView, Filter, Operator, Scalar } from '@/api/types'
import { Button } from '@/components/ui/button'
import { Combobox } from '@/components/ui/combobox'
import { Field, Input, Select } from '@/components/ui/field'
import { formatNumber, isNumeric } from '@/lib/format'
import { ChipForm } from './chip'
import { filterSubject, filterText, OPERATORS, scalarText } from './describe'
import { columnOptions, findColumn, isSimple, operatorsFor, parseScalar, pickColumn, putFilter, valuesWanted } from './edit'
import type { FieldFormProps } from './field-forms'

export function FilterForm({ item, query, schema, onChange, onRemove }: FieldFormProps<Filter>) {
  const [base, setBase] = useState(query)
  const [filter, setFilter] = useState(item)
  const column = findColumn(schema, base, filter.column)
  const family = filter.measure ? 'decimal' : (column?.family ?? 'text')
  const wanted = valuesWanted(filter.operator)
  const enough = wanted === 'none' || filter.values.length >= (wanted === 'two' ? 2 : 1)
  const filled = filter.values.every((value) => value !== '')
  if (!isSimple(item)) {
    return (
      <ChipForm title="Filter" why={item.why} ready={false} onApply={() => undefined} onRemove={onRemove}>
        <p>{filterText(item, query.tables)}</p>
        <p className="text-xs text-muted-fg">This condition has a form of its own. Change it in words, or remove it.</p>
      </ChipForm>
    )
  }
  const pick = (value: string) => {
    const picked = pickColumn(schema, query, value)
    setBase(picked.query)
    setFilter({ ...filter, column: picked.column, values: [], operator: '=' })
  }
  const chooseOperator = (operator: Operator) => {
    const next = valuesWanted(operator)
    const values = next === 'none' ? [] : next === 'one' ? filter.values.slice(0, 1) : next === 'two' ? filter.values.slice(0, 2) : filter.values
    setFilter({ ...filter, operator, values })
  }
  return (
    <ChipForm title="Filter" why={item.why} ready={enough && filled && Boolean(filter.column ?? filter.measure)} onApply={() => onChange(putFilter(base, filter))} onRemove={onRemove}>
      {filter.measure ? (
        <p className="rounded-md bg-muted px-2 py-1.5">{filterSubject(filter, query.tables)}</p>
      ) : (
        <Combobox label="Column" value={filter.column ? `${filter.column.table}.${filter.column.column}` : ''} options={columnOptions(schema, query)} onChange={pick} />
      )}
      <Select aria-label="Condition" value={filter.operator} onChange={(event) => chooseOperator(event.target.value as Operator)}>
        {operatorsFor(family, filter.operator).map((operator) => (
          <option key={operator} value={operator}>
            {OPERATORS[operator]}
          </option>
        ))}
      </Select>
      <ValuesInput filter={filter} family={family} column={column} onChange={(values) => setFilter({ ...filter, values })} />
    </ChipForm>
  )
}

interface ValuesProps {
  filter: Filter
  family: string
  column: ColumnView | undefined
  onChange(values: Scalar[]): void
}

function ValuesInput({ filter, family, column, onChange }: ValuesProps) {
  const wanted = valuesWanted(filter.operator)
  const type = family === 'date' || family === 'timestamp' ? 'date' : 'text'
  const set = (index: number, text: string) => {
    const values = [...filter.values]
    values[index] = parseScalar(text, family)
    onChange(Array.from(values, (value) => value ?? ''))
  }
  if (wanted === 'none') return null
  if (wanted === 'two') {
    return (
      <div className="grid grid-cols-2 gap-2">
        {['From', 'To'].map((label, index) => (
          <Field key={label} label={label}>
            {(field) => <Input {...field} type={type} value={inputText(filter.values[index], type)} onChange={(event) => set(index, event.target.value)} />}
          </Field>
        ))}
      </div>
    )
  }
  return (
    <>
      {wanted === 'many' ? (
        <ManyValues values={filter.values} family={family} onChange={onChange} />
      ) : (
        <Field label="Value">
          {(field) => <Input {...field} type={type} inputMode={isNumeric(family) ? 'decimal' : 'text'} value={inputText(filter.values[0], type)} onChange={(event) => set(0, event.target.value)} />}
        </Field>
      )}
      <Suggestions column={column} chosen={filter.values} onPick={(value) => onChange(wanted === 'many' ? [...filter.values, value] : [value])} />
    </>
  )
}

function inputText(value: Scalar | undefined, type: string): string {
  if (value === null || value === undefined) return ''
  return type === 'date' ? String(value).slice(0, 10) : String(value)
}

function ManyValues({ values, family, onChange }: { values: readonly Scalar[]; family: string; onChange(values: Scalar[]): void }) {
  const [text, setText] = useState('')
  const add = () => {
    if (text.trim() === '') return
    onChange([...values, ...text.split(',').map((part) => parseScalar(part, family))])
    setText('')
  }
  return (
    <div className="grid gap-2">
      <div className="flex flex-wrap gap-1">
        {values.map((value, index) => (
          <span key={index} className="inline-flex h-6 items-center gap-1 rounded-md bg-muted pl-2 text-xs">
            {scalarText(value)}
            <Button variant="ghost" size="icon-xs" aria-label={`Remove ${scalarText(value)}`} onClick={() => onChange(values.filter((_, other) => other !== index))}>
              <X />
            </Button>
          </span>
        ))}
      </div>
      <Field label="Add a value" help="Separate several with commas.">
        {(field) => (
          <Input
            {...field}
            value={text}
            onChange={(event) => setText(event.target.value)}
            onBlur={add}
            onKeyDown={(event) => {
              if (event.key !== 'Enter' || text.trim() === '') return
              event.preventDefault()
              add()
            }}
          />
        )}
      </Field>
    </div>
  )
}

function Suggestions({ column, chosen, onPick }: { column: ColumnView | undefined; chosen: readonly Scalar[]; onPick(value: Scalar): void }) {
  const known = (column?.top_values ?? []).filter(([value]) => ['string', 'number', 'boolean'].includes(typeof value) && !chosen.includes(value as Scalar))
  if (known.length === 0) return null
  return (
    <div>
      <p className="mb-1 text-xs text-muted-fg">Values in this column</p>
      <div className="flex flex-wrap gap-1">
        {known.slice(0, 8).map(([value, rows]) => (
          <button key={String(value)} type="button" onClick={() => onPick(value as Scalar)} className="inline-flex min-h-6 items-center gap-1 rounded-md border px-1.5 text-xs hover:bg-muted">
            {scalarText(value as Scalar)}
            <span className="tnum text-muted-fg">{formatNumber(rows)}</span>
          </button>
        ))}
      </div>
    </div>
  )
}
