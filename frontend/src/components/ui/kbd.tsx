import { cn } from '@/lib/cn'
import { keyLabel } from '@/lib/keyboard'

export function Kbd({ keys, className }: { keys: string; className?: string }) {
  return (
    <kbd aria-hidden className={cn('rounded border border-current/20 px-1 font-sans text-2xs font-normal leading-4 opacity-90 max-sm:hidden', className)}>
      {keyLabel(keys)}
    </kbd>
  )
}
