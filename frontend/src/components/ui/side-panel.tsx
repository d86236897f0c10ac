import { X } from 'lucide-react'
import { Dialog as Radix } from 'radix-ui'
import type { ReactNode } from 'react'
import { Button } from './button'
import { useFocusBack } from './focus-back'

interface SidePanelProps {
  title: string
  description?: ReactNode
  children: ReactNode
  footer?: ReactNode
  onClose(): void
}

/** Details beside the page: on the right of a wide screen, all of a narrow one. Closing gives the focus back. */
export function SidePanel({ title, description, children, footer, onClose }: SidePanelProps) {
  const focus = useFocusBack()
  return (
    <Radix.Root open onOpenChange={(open) => !open && onClose()}>
      <Radix.Portal>
        <Radix.Overlay className="fixed inset-0 z-40 bg-black/20 data-[state=open]:animate-[appear_140ms_ease-out] dark:bg-black/45" />
        <Radix.Content
          {...focus}
          {...(description ? {} : { 'aria-describedby': undefined })}
          className="fixed inset-y-0 right-0 z-50 flex w-[min(620px,100vw)] flex-col border-l bg-card shadow-pop outline-none data-[state=open]:animate-panel"
        >
          <header className="flex items-start gap-3 border-b px-5 py-3.5">
            <div className="min-w-0 flex-1">
              <Radix.Title className="text-[15px] font-semibold">{title}</Radix.Title>
              {description && <Radix.Description className="mt-0.5 break-words text-[13px] text-muted-fg">{description}</Radix.Description>}
            </div>
            <Radix.Close asChild>
              <Button variant="ghost" size="icon-sm" aria-label="Close" className="-mr-2 -mt-0.5">
                <X />
              </Button>
            </Radix.Close>
          </header>
          <div className="scroll-thin min-h-0 flex-1 overflow-y-auto px-5 py-4">{children}</div>
          {footer && <footer className="flex flex-wrap items-center gap-2 border-t px-5 py-3">{footer}</footer>}
        </Radix.Content>
      </Radix.Portal>
    </Radix.Root>
  )
}
