import { X } from 'lucide-react'
import { Dialog as Radix } from 'radix-ui'
import type { ReactNode } from 'react'
import { cn } from '@/lib/cn'
import { Button } from './button'
import { useFocusBack } from './focus-back'

export const Dialog = Radix.Root
export const DialogTrigger = Radix.Trigger
export const DialogClose = Radix.Close

interface DialogContentProps {
  title: ReactNode
  description?: ReactNode
  className?: string
  children: ReactNode
  footer?: ReactNode
}

export function DialogContent({ title, description, className, children, footer }: DialogContentProps) {
  const focus = useFocusBack()
  return (
    <Radix.Portal>
      <Radix.Overlay className="fixed inset-0 z-40 bg-black/30 data-[state=open]:animate-[appear_140ms_ease-out] dark:bg-black/55" />
      <Radix.Content
        {...focus}
        {...(description ? {} : { 'aria-describedby': undefined })}
        className={cn(
          'fixed left-1/2 top-[10vh] z-50 flex max-h-[80vh] w-[calc(100vw-24px)] max-w-lg -translate-x-1/2 flex-col rounded-lg border bg-card shadow-pop outline-none data-[state=open]:animate-in',
          className,
        )}
      >
        <header className="flex items-start gap-3 px-5 pb-3 pt-4">
          <div className="min-w-0 flex-1">
            <Radix.Title className="text-[15px] font-semibold">{title}</Radix.Title>
            {description && <Radix.Description className="mt-0.5 text-[13px] text-muted-fg">{description}</Radix.Description>}
          </div>
          <Radix.Close asChild>
            <Button variant="ghost" size="icon-sm" aria-label="Close" className="-mr-2 -mt-0.5">
              <X />
            </Button>
          </Radix.Close>
        </header>
        <div className="scroll-thin min-h-0 flex-1 overflow-auto px-5 pb-4">{children}</div>
        {footer && <footer className="flex items-center justify-end gap-2 border-t px-5 py-3">{footer}</footer>}
      </Radix.Content>
    </Radix.Portal>
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
