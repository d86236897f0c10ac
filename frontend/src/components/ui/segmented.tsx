import { RadioGroup } from 'radix-ui'
import type { ReactNode } from 'react'
import { cn } from '@/lib/cn'

interface SegmentedProps<T extends string> {
  label: string
  value: T
  options: readonly { value: NoInfer<T>; label: ReactNode }[]
  onChange(value: NoInfer<T>): void
  disabled?: boolean
  className?: string
}

/** A few exclusive choices side by side. */
export function Segmented<T extends string>({ label, value, options, onChange, disabled, className }: SegmentedProps<T>) {
  return (
    <RadioGroup.Root
      aria-label={label}
      value={value}
      onValueChange={(next) => onChange(next as T)}
      disabled={disabled ?? false}
      orientation="horizontal"
      className={cn('inline-flex w-fit max-w-full flex-wrap gap-0.5 rounded-md bg-muted p-0.5', className)}
    >
      {options.map((option) => (
        <RadioGroup.Item
          key={option.value}
          value={option.value}
          className="inline-flex min-h-6 items-center gap-1.5 rounded-[5px] px-2 text-left text-xs font-medium text-muted-fg transition-colors hover:text-fg disabled:opacity-60 data-[state=checked]:bg-card data-[state=checked]:text-fg data-[state=checked]:shadow-card [&_svg]:size-3.5"
        >
          {option.label}
        </RadioGroup.Item>
      ))}
    </RadioGroup.Root>
  )
}
