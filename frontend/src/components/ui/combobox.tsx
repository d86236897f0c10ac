import { Check, ChevronsUpDown } from 'lucide-react'
import { useId, useRef, useState, type KeyboardEvent } from 'react'
import { cn } from '@/lib/cn'
import { Popover, PopoverContent, PopoverTrigger } from './popover'

export interface ComboOption {
  value: string
  label: string
  hint?: string
  group?: string
}

interface ComboboxProps {
  label: string
  value: string
  options: readonly ComboOption[]
  onChange(value: string): void
  placeholder?: string
  className?: string
}

const SHOWN = 100

/** Choose one of many by typing part of its name. */
export function Combobox({ label, value, options, onChange, placeholder = 'Choose…', className }: ComboboxProps) {
  const [open, setOpen] = useState(false)
  const current = options.find((option) => option.value === value)
  return (
    <Popover open={open} onOpenChange={setOpen}>
      <PopoverTrigger
        aria-label={`${label}: ${current?.label ?? (value || placeholder)}`}
        className={cn('flex h-8 w-full items-center gap-2 rounded-md border bg-card px-2.5 text-left text-[13px] hover:border-border-strong', className)}
      >
        <span className={cn('min-w-0 flex-1 truncate', !current && 'text-muted-fg')}>{current?.label ?? (value || placeholder)}</span>
        <ChevronsUpDown className="size-3.5 shrink-0 text-muted-fg" aria-hidden />
      </PopoverTrigger>
      <PopoverContent className="w-(--radix-popover-trigger-width) min-w-64 p-1">
        <ComboList
          label={label}
          value={value}
          options={options}
          onPick={(next) => {
            onChange(next)
            setOpen(false)
          }}
        />
      </PopoverContent>
    </Popover>
  )
}

export function matching(options: readonly ComboOption[], search: string): ComboOption[] {
  const words = search.toLowerCase().split(/\s+/).filter(Boolean)
  return options.filter((option) => {
    const text = `${option.group ?? ''} ${option.label} ${option.value}`.toLowerCase()
    return words.every((word) => text.includes(word))
  })
}

function ComboList({ label, value, options, onPick }: { label: string; value: string; options: readonly ComboOption[]; onPick(value: string): void }) {
  const [search, setSearch] = useState('')
  const [active, setActive] = useState(0)
  const list = useRef<HTMLDivElement>(null)
  const id = useId()
  const shown = matching(options, search).slice(0, SHOWN)
  const move = (next: number) => {
    setActive(next)
    list.current?.children[next]?.scrollIntoView?.({ block: 'nearest' })
  }
  const onKeyDown = (event: KeyboardEvent) => {
    const picked = shown[active]
    if (event.key === 'ArrowDown') move(Math.min(active + 1, shown.length - 1))
    else if (event.key === 'ArrowUp') move(Math.max(active - 1, 0))
    else if (event.key === 'Enter' && picked) onPick(picked.value)
    else return
    event.preventDefault()
  }
  return (
    <div>
      <input
        role="combobox"
        aria-label={`Search ${label.toLowerCase()}`}
        aria-expanded
        aria-controls={id}
        aria-activedescendant={shown[active] ? `${id}-${active}` : undefined}
        autoFocus
        value={search}
        onChange={(event) => {
          setSearch(event.target.value)
          setActive(0)
        }}
        onKeyDown={onKeyDown}
        placeholder="Search…"
        className="h-8 w-full bg-transparent px-2 text-[13px] outline-none placeholder:text-muted-fg"
      />
      <div ref={list} id={id} role="listbox" aria-label={label} className="scroll-thin mt-1 max-h-64 overflow-auto border-t pt-1">
        {shown.length === 0 && <p className="px-2 py-3 text-center text-muted-fg">Nothing fits “{search}”.</p>}
        {shown.map((option, index) => (
          <div
            key={option.value}
            id={`${id}-${index}`}
            role="option"
            tabIndex={-1}
            aria-selected={option.value === value}
            onMouseMove={() => setActive(index)}
            onMouseDown={(event) => {
              event.preventDefault()
              onPick(option.value)
            }}
            className={cn('flex cursor-default items-center gap-2 rounded-[5px] px-2 py-1', index === active && 'bg-muted')}
          >
            <Check className={cn('size-3.5 shrink-0 text-primary', option.value !== value && 'invisible')} aria-hidden />
            <span className="min-w-0 flex-1 truncate">
              {option.group && <span className="text-muted-fg">{option.group}.</span>}
              {option.label}
            </span>
            {option.hint && <span className="shrink-0 text-xs text-muted-fg">{option.hint}</span>}
          </div>
        ))}
      </div>
    </div>
  )
}
