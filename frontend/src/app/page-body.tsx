import type { ReactNode } from 'react'
import { cn } from '@/lib/cn'

/** The scrolling part of a page that is not a chat. */
export function PageBody({ children, wide = false }: { children: ReactNode; wide?: boolean }) {
  return (
    <div className="scroll-thin min-h-0 flex-1 overflow-y-auto">
      <div className={cn('mx-auto w-full px-4 pb-16 pt-5 sm:px-6', wide ? 'max-w-6xl' : 'max-w-3xl')}>{children}</div>
    </div>
  )
}
