import { Moon, Sun } from 'lucide-react'
import { createContext, use, useEffect, type ReactNode } from 'react'
import { Button } from '@/components/ui/button'
import { Tip } from '@/components/ui/tooltip'
import { chooseTheme, useDark } from '@/lib/theme'

/** The button that opens the side list, where there is room for it only in the header. */
export const ShellContext = createContext<ReactNode>(null)

export function PageHeader({ title, children }: { title: string; children?: ReactNode }) {
  const opener = use(ShellContext)
  useEffect(() => {
    document.title = title ? `${title} · DataChat` : 'DataChat'
  }, [title])
  return (
    <header className="flex h-13 shrink-0 items-center gap-2 border-b bg-bg px-3 sm:px-5">
      {opener}
      <h1 className="min-w-0 truncate text-[15px] font-semibold">{title}</h1>
      <div className="flex min-w-0 flex-1 items-center gap-2">{children}</div>
      <ThemeButton />
    </header>
  )
}

function ThemeButton() {
  const dark = useDark()
  const label = dark ? 'Light theme' : 'Dark theme'
  return (
    <Tip label={label} side="bottom">
      <Button variant="ghost" size="icon" aria-label={label} onClick={() => chooseTheme(dark ? 'light' : 'dark')}>
        {dark ? <Sun /> : <Moon />}
      </Button>
    </Tip>
  )
}
