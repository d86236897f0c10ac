import { Popover as Radix } from 'radix-ui'
import type { ComponentProps } from 'react'
import { cn } from '@/lib/cn'

export const Popover = Radix.Root
export const PopoverTrigger = Radix.Trigger
export const PopoverClose = Radix.Close
export const PopoverAnchor = Radix.Anchor

export function PopoverContent({ className, ...rest }: ComponentProps<typeof Radix.Content>) {
  return (
    <Radix.Portal>
      <Radix.Content
        sideOffset={6}
        align="start"
        collisionPadding={10}
        className={cn('scroll-thin z-50 max-h-(--radix-popover-content-available-height) w-80 max-w-[calc(100vw-20px)] overflow-auto rounded-lg border bg-card p-3 text-[13px] shadow-pop outline-none data-[state=open]:animate-in', className)}
        {...rest}
      />
    </Radix.Portal>
  )
}
