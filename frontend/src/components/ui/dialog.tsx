import { X } from 'lucide-react'
import { Dialog as Radix } from 'radix-ui'
import type { ReactNode } from 'react'
import { cn } from '@/lib/cn'
import { Button } from './button'
import { useFocusBack } from './focus-back'

export const Dialog = Radix.Root
export const DialogTrigger = Radix.Trigger
export const DialogClose = Radix.Close

interface LayerProps {
  title: ReactNode
  description?: ReactNode
  className?: string
  children: ReactNode
  footer?: ReactNode
}

/** What lies over the page: heading, a body that scrolls, and its buttons. Closing gives the focus back. */
function Layer({ title, description, className, children, footer }: LayerProps) {
  const focus = useFocusBack()
  return (
    <Radix.Portal>
      <Radix.Overlay className="fixed inset-0 z-40 bg-black/25 data-[state=open]:animate-[appear_140ms_ease-out] dark:bg-black/50" />
      <Radix.Content {...focus} {...(description ? {} : { 'aria-describedby': undefined })} className={cn('fixed z-50 flex flex-col bg-card shadow-pop outline-none', className)}>
        <header className="flex items-start gap-3 border-b px-5 py-3.5">
          <div className="min-w-0 flex-1">
            <Radix.Title className="break-words text-[15px] font-semibold">{title}</Radix.Title>
            {description && <Radix.Description className="mt-0.5 break-words text-[13px] text-muted-fg">{description}</Radix.Description>}
          </div>
          <Radix.Close asChild>
            <Button variant="ghost" size="icon-sm" aria-label="Close" className="-mr-2 -mt-0.5">
              <X />
            </Button>
          </Radix.Close>
        </header>
        <div className="scroll-thin min-h-0 flex-1 overflow-auto px-5 py-4">{children}</div>
        {footer && <footer className="flex flex-wrap items-center justify-end gap-2 border-t px-5 py-3">{footer}</footer>}
      </Radix.Content>
    </Radix.Portal>
  )
}

/** A dialog in the middle of the page. */
export function DialogContent({ className, ...rest }: LayerProps) {
  return <Layer {...rest} className={cn('left-1/2 top-[10vh] max-h-[80vh] w-[calc(100vw-24px)] max-w-lg -translate-x-1/2 rounded-lg border data-[state=open]:animate-in', className)} />
}

/** Details beside the page: on the right of a wide screen, all of a narrow one. */
export function SidePanel({ onClose, ...rest }: Omit<LayerProps, 'className'> & { onClose(): void }) {
  return (
    <Radix.Root open onOpenChange={(open) => !open && onClose()}>
      <Layer {...rest} className="inset-y-0 right-0 w-[min(620px,100vw)] border-l data-[state=open]:animate-panel" />
    </Radix.Root>
  )
}

/** A panel that slides in from the left: the side list on small screens. */
export function Drawer({ open, onOpenChange, title, children }: { open: boolean; onOpenChange(open: boolean): void; title: string; children: ReactNode }) {
  return (
    <Radix.Root open={open} onOpenChange={onOpenChange}>
      <Radix.Portal>
        <Radix.Overlay className="fixed inset-0 z-40 bg-black/35 data-[state=open]:animate-[appear_140ms_ease-out]" />
        <Radix.Content aria-describedby={undefined} className="fixed inset-y-0 left-0 z-50 flex w-72 max-w-[85vw] flex-col border-r bg-side shadow-pop outline-none data-[state=open]:animate-sheet">
          <Radix.Title className="sr-only">{title}</Radix.Title>
          {children}
        </Radix.Content>
      </Radix.Portal>
    </Radix.Root>
  )
}
