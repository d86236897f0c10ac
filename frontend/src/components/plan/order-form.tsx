import { useState } from 'react'
import type { PlanQuery } from '@/api/types'
import { Field, Input, Select } from '@/components/ui/field'
import { Segmented } from '@/components/ui/segmented'
import { ChipForm } from './chip'
import { fieldName } from './describe'

interface OrderFormProps {
  query: PlanQuery
  onChange(query: PlanQuery): void
}

export function OrderForm({ query, index, onChange }: OrderFormProps & { index: number }) {
  const fields = [...query.measures, ...query.dimensions]
  const current = query.order[index]
  const [by, setBy] = useState(current?.by ?? fields[0]?.id ?? '')
  const [direction, setDirection] = useState<'up' | 'down'>(current ? (current.descending ? 'down' : 'up') : 'down')
  const apply = () => {
    const order = [...query.order]
    order[index] = { by, descending: direction === 'down', nulls: current?.nulls ?? 'default' }
    onChange({ ...query, order })
  }
  const drop = current ? () => onChange({ ...query, order: query.order.filter((_, other) => other !== index) }) : undefined
  return (
    <ChipForm title="Sort" onApply={apply} onRemove={drop} ready={by !== ''}>
      <Field label="By">
        {(field) => (
          <Select {...field} value={by} onChange={(event) => setBy(event.target.value)}>
            {fields.map((item) => (
              <option key={item.id} value={item.id}>
                {fieldName(item.id, query)}
              </option>
            ))}
          </Select>
        )}
      </Field>
      <Segmented
        label="Direction"
        value={direction}
        onChange={setDirection}
        options={[
          { value: 'down', label: 'Highest first' },
          { value: 'up', label: 'Lowest first' },
        ]}
      />
    </ChipForm>
  )
}

export function LimitForm({ query, onChange }: OrderFormProps) {
  const [text, setText] = useState(query.limit === null || query.limit === undefined ? '' : String(query.limit))
  const limit = Number(text)
  const ready = text !== '' && Number.isInteger(limit) && limit > 0
  const drop = query.limit === null || query.limit === undefined ? undefined : () => onChange({ ...query, limit: null })
  return (
    <ChipForm title="Number of rows" ready={ready} onApply={() => onChange({ ...query, limit })} onRemove={drop}>
      <Field label="At most">{(field) => <Input {...field} inputMode="numeric" value={text} onChange={(event) => setText(event.target.value)} />}</Field>
    </ChipForm>
  )
}
