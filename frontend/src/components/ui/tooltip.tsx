import { Tooltip } from 'radix-ui'
import type { ReactElement, ReactNode } from 'react'
import { keyLabel } from '@/lib/keyboard'

export const TooltipProvider = Tooltip.Provider

/** A word on hover and focus. It adds to a control's name and never replaces it. */
export function Tip({ label, keys, side = 'top', children }: { label: ReactNode; keys?: string; side?: 'top' | 'right' | 'bottom' | 'left'; children: ReactElement }) {
  return (
    <Tooltip.Root>
      <Tooltip.Trigger asChild>{children}</Tooltip.Trigger>
      <Tooltip.Portal>
        <Tooltip.Content
          side={side}
          sideOffset={6}
          collisionPadding={8}
          className="z-50 max-w-80 rounded-md bg-fg px-2 py-1 text-xs leading-snug text-bg shadow-pop data-[state=delayed-open]:animate-in"
        >
          {label}
          {keys && <kbd className="ml-2 font-sans opacity-65">{keyLabel(keys)}</kbd>}
        </Tooltip.Content>
      </Tooltip.Portal>
    </Tooltip.Root>
  )
}
