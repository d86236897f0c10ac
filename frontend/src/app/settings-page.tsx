import { LogOut } from 'lucide-react'
import { toast } from 'sonner'
import { useMe } from '@/api/queries'
import { Button } from '@/components/ui/button'
import { SkeletonLines } from '@/components/ui/feedback'
import { Segmented } from '@/components/ui/segmented'
import { ProjectSettings, sectionId } from '@/features/projects/components/project-settings'
import { api, messageOf, unwrap } from '@/lib/api-client'
import { useProject } from '@/lib/project'
import { chooseTheme, useThemeChoice } from '@/lib/theme'
import { PageBody } from './page-body'
import { PageHeader } from './page-header'

async function signOut(): Promise<void> {
  try {
    await unwrap(api.POST('/api/logout'))
    globalThis.location.assign('/')
  } catch (error) {
    toast.error(messageOf(error))
  }
}

const SECTIONS = ['Project', 'Sources', 'Members', 'Confirmation', 'Reasoner', 'Limits', 'You']

/** The way to each part of a long page; beside it where there is room, above it elsewhere. */
function SectionLinks() {
  return (
    <nav aria-label="Parts of the settings" className="scroll-thin mb-6 flex gap-1 overflow-x-auto xl:sticky xl:top-5 xl:float-left xl:-ml-40 xl:mb-0 xl:grid xl:w-32">
      {SECTIONS.map((title) => (
        <a key={title} href={`#${sectionId(title)}`} className="shrink-0 rounded-md px-2.5 py-1 text-[13px] text-muted-fg transition-colors hover:bg-muted hover:text-fg">
          {title}
        </a>
      ))}
    </nav>
  )
}

export function SettingsPage() {
  const project = useProject()
  const me = useMe()
  const theme = useThemeChoice()
  return (
    <>
      <PageHeader title="Settings" />
      <PageBody>
        {project?.mine && <SectionLinks />}
        {project ? <ProjectSettings key={project.id} project={project} /> : <SkeletonLines lines={6} />}
        <section aria-label="You" id="you" className="mt-9 scroll-mt-5 grid gap-3 border-t pt-9">
          <h2 className="text-[15px] font-semibold">You</h2>
          <div className="flex flex-wrap items-center gap-3">
            <p>
              {me?.name} <span className="text-muted-fg">· {me?.role}</span>
            </p>
            <Segmented
              label="Theme"
              value={theme}
              onChange={chooseTheme}
              className="ml-auto"
              options={[
                { value: 'system', label: 'System' },
                { value: 'light', label: 'Light' },
                { value: 'dark', label: 'Dark' },
              ]}
            />
            <Button onClick={() => void signOut()}>
              <LogOut />
              Sign out
            </Button>
          </div>
        </section>
      </PageBody>
    </>
  )
}
