import { Menu as MenuIcon } from 'lucide-react'
import { lazy, Suspense, useEffect, useState } from 'react'
import { Outlet, useLocation, useNavigate } from 'react-router'
import { Button } from '@/components/ui/button'
import { Drawer } from '@/components/ui/dialog'
import { Region } from '@/components/ui/region'
import { whenIdle } from '@/lib/idle'
import { useHotkeys } from '@/lib/keyboard'
import { remember, recall } from '@/lib/storage'
import { ConnectionBanner } from './connection-banner'
import { ShellContext } from './page-header'
import { Sidebar } from './sidebar'

const loadMenu = () => import('./command-menu')
const loadShortcuts = () => import('./shortcuts')
const CommandMenu = lazy(loadMenu)
const Shortcuts = lazy(loadShortcuts)

/** Everything around a page: side list, connection state, command menu and the page-wide keys. */
export function Shell() {
  const [drawer, setDrawer] = useState(false)
  const [menu, setMenu] = useState(false)
  const [help, setHelp] = useState(false)
  const [folded, setFolded] = useState(() => recall('sidebar') === 'folded')
  const [going, setGoing] = useState(false)
  const navigate = useNavigate()
  const location = useLocation()
  // Fetched ahead, so that what is typed right after Ctrl K is not lost.
  useEffect(() => whenIdle(() => void Promise.all([loadMenu(), loadShortcuts()])), [])
  const fold = () => {
    remember('sidebar', folded ? null : 'folded')
    setFolded(!folded)
  }
  const go = (path: string) => (event: KeyboardEvent) => {
    if (!going) return
    event.preventDefault()
    setGoing(false)
    void navigate(path)
  }
  useHotkeys({
    'mod+k': (event) => (event.preventDefault(), setMenu(!menu)),
    'mod+shift+o': (event) => (event.preventDefault(), void navigate('/')),
    'mod+b': (event) => (event.preventDefault(), fold()),
    '?': (event) => (event.preventDefault(), setHelp(true)),
    g: () => {
      setGoing(true)
      setTimeout(() => setGoing(false), 1200)
    },
    ...(going ? { c: go('/'), d: go('/data'), k: go('/knowledge'), v: go('/reviews'), s: go('/settings') } : {}),
  })
  return (
    <ShellContext
      value={
        <Button variant="ghost" size="icon" aria-label="Open the side list" className={folded ? '' : 'lg:hidden'} onClick={() => (window.innerWidth >= 900 && folded ? fold() : setDrawer(true))}>
          <MenuIcon />
        </Button>
      }
    >
      <a href="#main" className="sr-only z-50 rounded-md bg-card px-3 py-2 focus:not-sr-only focus:fixed focus:left-2 focus:top-2">
        Skip to the page
      </a>
      <div className="flex h-dvh overflow-hidden">
        {!folded && (
          <aside aria-label="Side list" className="hidden w-62 shrink-0 border-r bg-side lg:block">
            <Sidebar onOpen={() => undefined} />
          </aside>
        )}
        <Drawer open={drawer} onOpenChange={setDrawer} title="Side list">
          <Sidebar onOpen={() => setDrawer(false)} />
        </Drawer>
        <main id="main" tabIndex={-1} className="flex min-w-0 flex-1 flex-col outline-none">
          <ConnectionBanner />
          <Region title="This page failed" resetKeys={[location.pathname]}>
            <Suspense>
              <Outlet />
            </Suspense>
          </Region>
        </main>
      </div>
      <Suspense>
        {menu && <CommandMenu onClose={() => setMenu(false)} onHelp={() => setHelp(true)} />}
        {help && <Shortcuts onClose={() => setHelp(false)} />}
      </Suspense>
    </ShellContext>
  )
}
