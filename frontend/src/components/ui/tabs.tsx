import { Tabs as Radix } from 'radix-ui'
import type { ComponentProps } from 'react'
import { cn } from '@/lib/cn'

export const Tabs = Radix.Root

export function TabsList({ className, ...rest }: ComponentProps<typeof Radix.List>) {
  return <Radix.List className={cn('inline-flex gap-0.5 rounded-md bg-muted p-0.5', className)} {...rest} />
}

export function TabsTrigger({ className, ...rest }: ComponentProps<typeof Radix.Trigger>) {
  return (
    <Radix.Trigger
      className={cn(
        'inline-flex h-6.5 items-center gap-1.5 whitespace-nowrap rounded-[5px] px-2 text-[13px] font-medium text-muted-fg transition-colors hover:text-fg data-[state=active]:bg-card data-[state=active]:text-fg data-[state=active]:shadow-card [&_svg]:size-3.5 max-sm:[&_svg]:hidden',
        className,
      )}
      {...rest}
    />
  )
}

export function TabsContent({ className, ...rest }: ComponentProps<typeof Radix.Content>) {
  return <Radix.Content className={cn('outline-none', className)} {...rest} />
}
