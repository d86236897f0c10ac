import { Info, Plus } from 'lucide-react'
import { useState, type ReactNode } from 'react'
import { Button } from '@/components/ui/button'
import { Popover, PopoverContent, PopoverTrigger } from '@/components/ui/popover'
import { Tip } from '@/components/ui/tooltip'
import { cn } from '@/lib/cn'

const look = 'inline-flex min-h-7 max-w-full items-center gap-1.5 rounded-md border bg-card px-2 py-0.5 text-left text-[13px]'

interface ChipProps {
  /** What kind of part it is, said before its text: "Filter". */
  kind: string
  children: ReactNode
  /** Why it is there, on hover. */
  why?: string | undefined
  /** The form that changes it; without one the chip is only read. */
  renderForm?: ((close: () => void) => ReactNode) | undefined
}

export function Chip({ kind, children, why, renderForm }: ChipProps) {
  const [open, setOpen] = useState(false)
  const content = (
    <>
      <span className="min-w-0 break-words">
        <span className="sr-only">{kind}: </span>
        {children}
        {why && <span className="sr-only">. {why}</span>}
      </span>
      {why && <Info className="size-3 shrink-0 text-muted-fg" aria-hidden />}
    </>
  )
  if (!renderForm) {
    const chip = (
      <span className={cn(look, 'border-transparent bg-muted/70')} {...(why ? { tabIndex: 0, role: 'note' } : {})}>
        {content}
      </span>
    )
    return why ? <Tip label={why}>{chip}</Tip> : chip
  }
  const trigger = (
    <PopoverTrigger className={cn(look, 'transition-colors hover:border-border-strong hover:bg-muted/60 data-[state=open]:border-ring')}>
      {content}
    </PopoverTrigger>
  )
  return (
    <Popover open={open} onOpenChange={setOpen}>
      {why && !open ? <Tip label={why}>{trigger}</Tip> : trigger}
      <PopoverContent aria-label={`Edit the ${kind.toLowerCase()}`}>{renderForm(() => setOpen(false))}</PopoverContent>
    </Popover>
  )
}

/** `text` names it in sight, where two stand side by side. */
export function AddChip({ name, text, renderForm }: { name: string; text?: string; renderForm(close: () => void): ReactNode }) {
  const [open, setOpen] = useState(false)
  return (
    <Popover open={open} onOpenChange={setOpen}>
      <PopoverTrigger asChild>
        <Button variant="ghost" size={text ? 'xs' : 'icon-sm'} aria-label={name} title={name}>
          <Plus />
          {text}
        </Button>
      </PopoverTrigger>
      <PopoverContent aria-label={name}>{renderForm(() => setOpen(false))}</PopoverContent>
    </Popover>
  )
}

interface ChipFormProps {
  title: string
  why?: string
  ready?: boolean
  children: ReactNode
  onApply(): void
  onRemove?: (() => void) | undefined
}

/** The inside of a chip's popover: fields, then Apply and Remove. Enter applies. */
export function ChipForm({ title, why, ready = true, children, onApply, onRemove }: ChipFormProps) {
  return (
    <form
      className="grid gap-3"
      onSubmit={(event) => {
        event.preventDefault()
        event.stopPropagation()
        if (ready) onApply()
      }}
    >
      <div>
        <p className="font-semibold">{title}</p>
        {why && <p className="mt-0.5 text-xs text-muted-fg">{why}</p>}
      </div>
      {children}
      <div className="flex items-center gap-2">
        <Button type="submit" variant="primary" size="sm" disabled={!ready}>
          Apply
        </Button>
        {onRemove && (
          <Button variant="danger" size="sm" className="ml-auto" onClick={onRemove}>
            Remove
          </Button>
        )}
      </div>
    </form>
  )
}
