import { useQuery } from '@tanstack/react-query'
import { BookOpen, ClipboardCheck, Database, MessageSquarePlus, Search, Settings, X } from 'lucide-react'
import { useDeferredValue, useState, type ReactNode } from 'react'
import { Link, NavLink, useNavigate } from 'react-router'
import { openReviewsQuery } from '@/api/queries'
import { Badge } from '@/components/ui/badge'
import { Button } from '@/components/ui/button'
import { Kbd } from '@/components/ui/kbd'
import { Region } from '@/components/ui/region'
import { ChatList } from '@/features/chats/components/chat-list'
import { ProjectSwitch } from '@/features/projects/components/project-switch'
import { cn } from '@/lib/cn'
import { useProject } from '@/lib/project'

const row = 'flex h-8 items-center gap-2.5 rounded-md px-2.5 text-[13px] transition-colors [&_svg]:size-4 [&_svg]:shrink-0'

/** Project, chats and pages. `onOpen` closes the drawer on small screens. */
export function Sidebar({ onOpen }: { onOpen(): void }) {
  const project = useProject()
  const navigate = useNavigate()
  const [search, setSearch] = useState('')
  const asked = useDeferredValue(search.trim())
  const home = () => {
    void navigate('/')
    onOpen()
  }
  return (
    <div className="flex h-full min-h-0 flex-col">
      <div className="grid gap-1.5 px-2.5 pb-2 pt-2.5">
        <ProjectSwitch project={project} onSwitch={home} />
        <Button asChild variant="outline" className="w-full justify-start px-2.5">
          <Link to="/" onClick={onOpen}>
            <MessageSquarePlus />
            New chat
            <Kbd keys="mod+shift+o" className="ml-auto" />
          </Link>
        </Button>
        <label className={cn(row, 'text-muted-fg focus-within:bg-muted')}>
          <Search aria-hidden />
          <span className="sr-only">Search chats</span>
          <input type="search" value={search} onChange={(event) => setSearch(event.target.value)} placeholder="Search chats" className="w-full min-w-0 bg-transparent text-fg outline-none placeholder:text-muted-fg [&::-webkit-search-cancel-button]:hidden" />
          {search && (
            <button type="button" aria-label="Clear the search" className="rounded p-0.5 hover:bg-border" onClick={() => setSearch('')}>
              <X className="!size-3.5" />
            </button>
          )}
        </label>
      </div>
      <nav aria-label="Chats" className="scroll-thin min-h-0 flex-1 overflow-y-auto px-1.5 pb-3">
        <Region title="The list of chats failed">
          <ChatList projectId={project?.id ?? ''} search={asked} onOpen={onOpen} />
        </Region>
      </nav>
      <nav aria-label="Pages" className="grid gap-px border-t p-1.5">
        <PageLink to="/data" icon={<Database />} onOpen={onOpen}>
          Data
        </PageLink>
        <PageLink to="/knowledge" icon={<BookOpen />} onOpen={onOpen}>
          Knowledge
        </PageLink>
        <PageLink to="/reviews" icon={<ClipboardCheck />} onOpen={onOpen}>
          Reviews
          <OpenReviews />
        </PageLink>
        <PageLink to="/settings" icon={<Settings />} onOpen={onOpen}>
          Settings
        </PageLink>
      </nav>
    </div>
  )
}

function PageLink({ to, icon, children, onOpen }: { to: string; icon: ReactNode; children: ReactNode; onOpen(): void }) {
  return (
    <NavLink to={to} onClick={onOpen} className={({ isActive }) => cn(row, isActive ? 'bg-accent font-medium text-accent-fg' : 'text-fg/85 hover:bg-muted')}>
      {icon}
      {children}
    </NavLink>
  )
}

function OpenReviews() {
  const { data } = useQuery(openReviewsQuery())
  const open = data?.total ?? data?.items.length ?? 0
  return open > 0 ? (
    <Badge tone="warn" className="ml-auto tnum">
      {open}
      <span className="sr-only"> open</span>
    </Badge>
  ) : null
}
