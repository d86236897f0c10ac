import { useState } from 'react'
import type { PlanQuery } from '@/api/types'
import { Button } from '@/components/ui/button'
import { Field, Input } from '@/components/ui/field'
import { ChipForm } from './chip'
import { filterSubject } from './describe'
import { putFilter, remove } from './edit'
import { periodText, presets, shiftDay, type Period } from './period'

interface PeriodFormProps {
  period: Period
  query: PlanQuery
  onChange(query: PlanQuery): void
}

/** Both ends of a span of time at once; both days count. */
export function PeriodForm({ period, query, onChange }: PeriodFormProps) {
  const [from, setFrom] = useState(String(period.from.values[0]))
  const [last, setLast] = useState(shiftDay(String(period.before.values[0]), -1))
  const [offered] = useState(() => presets(new Date().toISOString().slice(0, 10)))
  const whole = from !== '' && last !== '' && from <= last
  const apply = () => {
    const begun = putFilter(query, { ...period.from, values: [from] })
    onChange(putFilter(begun, { ...period.before, values: [shiftDay(last, 1)] }))
  }
  return (
    <ChipForm title={`When: ${filterSubject(period.from, query.tables)}`} why={period.from.why} ready={whole} onApply={apply} onRemove={() => onChange(remove(remove(query, period.from.id), period.before.id))}>
      <div className="flex flex-wrap gap-1">
        {offered.map((preset) => (
          <Button key={preset.name} size="xs" onClick={() => (setFrom(preset.from), setLast(shiftDay(preset.before, -1)))}>
            {preset.name}
          </Button>
        ))}
      </div>
      <div className="grid grid-cols-2 gap-2">
        <Field label="First day">{(field) => <Input {...field} type="date" value={from} onChange={(event) => setFrom(event.target.value)} />}</Field>
        <Field label="Last day">{(field) => <Input {...field} type="date" value={last} min={from} onChange={(event) => setLast(event.target.value)} />}</Field>
      </div>
      <p className="text-xs text-muted-fg" aria-live="polite">
        {whole ? `Rows ${periodText(from, shiftDay(last, 1))}.` : 'The last day comes before the first.'}
      </p>
    </ChipForm>
  )
}
