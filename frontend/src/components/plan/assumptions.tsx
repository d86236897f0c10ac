import type { Assumption } from '@/api/types'
import { Segmented } from '@/components/ui/segmented'

interface AssumptionsProps {
  assumptions: readonly Assumption[]
  disabled?: boolean
  onChoose?: ((assumptionId: string, optionId: string) => void) | undefined
}

/** What the question left open, as switches. */
export function Assumptions({ assumptions, disabled, onChoose }: AssumptionsProps) {
  return (
    <ul className="grid gap-2">
      {assumptions.map((assumption) => (
        <li key={assumption.id} className="flex flex-wrap items-center gap-x-2.5 gap-y-1 text-[13px]">
          <span>{assumption.text}</span>
          {assumption.options.length > 1 && onChoose ? (
            <Segmented
              label={assumption.text}
              value={assumption.chosen}
              disabled={disabled ?? false}
              onChange={(option) => onChoose(assumption.id, option)}
              options={assumption.options.map((option) => ({ value: option.id, label: option.label }))}
            />
          ) : (
            <span className="font-medium">{assumption.options.find((option) => option.id === assumption.chosen)?.label}</span>
          )}
        </li>
      ))}
    </ul>
  )
}
