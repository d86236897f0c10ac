import { useQuery } from '@tanstack/react-query'
import { Command } from 'cmdk'
import { BookOpen, ClipboardCheck, Database, FileUp, FolderOpen, Keyboard, MessageSquare, MessageSquarePlus, Moon, Plus, Settings, Sun } from 'lucide-react'
import type { ReactNode } from 'react'
import { useNavigate } from 'react-router'
import { projectsQuery } from '@/api/queries'
import { Kbd } from '@/components/ui/kbd'
import { chatsQuery } from '@/features/chats/api/chats'
import { chooseProject, useProject } from '@/lib/project'
import { chooseTheme, useDark } from '@/lib/theme'

const item =
  'flex h-9 cursor-default items-center gap-2.5 rounded-md px-2.5 text-[13px] data-[selected=true]:bg-muted [&_svg]:size-4 [&_svg]:shrink-0 [&_svg]:text-muted-fg'
const heading = '[&_[cmdk-group-heading]]:px-2.5 [&_[cmdk-group-heading]]:pb-1 [&_[cmdk-group-heading]]:pt-2 [&_[cmdk-group-heading]]:text-xs [&_[cmdk-group-heading]]:text-muted-fg'

/** Everything by name: chats, pages, projects, actions. */
export default function CommandMenu({ onClose, onHelp }: { onClose(): void; onHelp(): void }) {
  const navigate = useNavigate()
  const project = useProject()
  const dark = useDark()
  const { data: chats } = useQuery(chatsQuery(project?.id ?? ''))
  const { data: projects } = useQuery(projectsQuery)
  const act = (work: () => void) => () => {
    onClose()
    work()
  }
  const go = (path: string) => act(() => void navigate(path))
  return (
    <Command.Dialog
      open
      onOpenChange={(open) => !open && onClose()}
      label="Command menu"
      overlayClassName="fixed inset-0 z-40 bg-black/25 dark:bg-black/50"
      contentClassName="fixed left-1/2 top-[14vh] z-50 w-[calc(100vw-24px)] max-w-xl -translate-x-1/2 animate-in overflow-hidden rounded-lg border bg-card shadow-pop"
    >
      <Command.Input autoFocus placeholder="Search chats, pages and actions…" className="h-12 w-full border-b bg-transparent px-4 outline-none placeholder:text-muted-fg" />
      <Command.List className="scroll-thin max-h-[52vh] overflow-y-auto p-1.5">
        <Command.Empty className="py-8 text-center text-[13px] text-muted-fg">Nothing by that name.</Command.Empty>
        <Command.Group heading="Actions" className={heading}>
          <Entry icon={<MessageSquarePlus />} keys="mod+shift+o" onSelect={go('/')}>
            New chat
          </Entry>
          <Entry icon={<Plus />} onSelect={go('/data/new')}>
            Connect a database
          </Entry>
          <Entry icon={<FileUp />} onSelect={go('/data/upload')}>
            Upload files
          </Entry>
          <Entry icon={dark ? <Sun /> : <Moon />} onSelect={act(() => chooseTheme(dark ? 'light' : 'dark'))}>
            {dark ? 'Light theme' : 'Dark theme'}
          </Entry>
          <Entry icon={<Keyboard />} keys="?" onSelect={act(onHelp)}>
            Keyboard shortcuts
          </Entry>
        </Command.Group>
        <Command.Group heading="Pages" className={heading}>
          <Entry icon={<Database />} onSelect={go('/data')}>
            Data
          </Entry>
          <Entry icon={<BookOpen />} onSelect={go('/knowledge')}>
            Knowledge
          </Entry>
          <Entry icon={<ClipboardCheck />} onSelect={go('/reviews')}>
            Reviews
          </Entry>
          <Entry icon={<Settings />} onSelect={go('/settings')}>
            Settings
          </Entry>
        </Command.Group>
        {projects && projects.length > 1 && (
          <Command.Group heading="Switch project" className={heading}>
            {projects.map((other) => (
              <Entry
                key={other.id}
                value={`project ${other.name} ${other.id}`}
                icon={<FolderOpen />}
                onSelect={act(() => {
                  chooseProject(other.id)
                  void navigate('/')
                })}
              >
                {other.name}
              </Entry>
            ))}
          </Command.Group>
        )}
        {chats && chats.items.length > 0 && (
          <Command.Group heading="Chats" className={heading}>
            {chats.items.map((chat) => (
              <Entry key={chat.id} value={`${chat.title} ${chat.id}`} icon={<MessageSquare />} onSelect={go(`/c/${chat.id}`)}>
                <span className="truncate">{chat.title || 'New chat'}</span>
              </Entry>
            ))}
          </Command.Group>
        )}
      </Command.List>
    </Command.Dialog>
  )
}

function Entry({ icon, keys, value, children, onSelect }: { icon: ReactNode; keys?: string; value?: string; children: ReactNode; onSelect(): void }) {
  return (
    <Command.Item onSelect={onSelect} className={item} {...(value ? { value } : {})}>
      {icon}
      {children}
      {keys && <Kbd keys={keys} className="ml-auto" />}
    </Command.Item>
  )
}
