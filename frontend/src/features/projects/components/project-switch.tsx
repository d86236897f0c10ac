import { useQuery } from '@tanstack/react-query'
import { ChevronsUpDown, Plus } from 'lucide-react'
import { useState } from 'react'
import { projectsQuery } from '@/api/queries'
import type { Project } from '@/api/types'
import { Button } from '@/components/ui/button'
import { Dialog, DialogContent } from '@/components/ui/dialog'
import { Field, Input, Textarea } from '@/components/ui/field'
import { Menu, MenuContent, MenuItem, MenuLabel, MenuRadioGroup, MenuRadioItem, MenuSeparator, MenuTrigger } from '@/components/ui/menu'
import { messageOf } from '@/lib/api-client'
import { chooseProject } from '@/lib/project'
import { useCreateProject } from '../api/projects'

export function ProjectSwitch({ project, onSwitch }: { project: Project | null; onSwitch(): void }) {
  const { data: projects } = useQuery(projectsQuery)
  const [creating, setCreating] = useState(false)
  const choose = (id: string) => {
    chooseProject(id)
    onSwitch()
  }
  return (
    <>
      <Menu>
        <MenuTrigger className="flex h-9 w-full min-w-0 items-center gap-2.5 rounded-md px-2 text-left hover:bg-muted data-[state=open]:bg-muted" aria-label={`Project: ${project?.name ?? 'DataChat'}. Switch`}>
          <img src="/favicon.svg" alt="" className="size-6 shrink-0" />
          <span className="min-w-0 flex-1 truncate font-semibold">{project?.name ?? 'DataChat'}</span>
          <ChevronsUpDown className="size-3.5 shrink-0 text-muted-fg" aria-hidden />
        </MenuTrigger>
        <MenuContent className="w-60">
          <MenuLabel>Projects</MenuLabel>
          <MenuRadioGroup value={project?.id ?? ''} onValueChange={choose}>
            {projects?.map((item) => (
              <MenuRadioItem key={item.id} value={item.id}>
                <span className="truncate">{item.name}</span>
              </MenuRadioItem>
            ))}
          </MenuRadioGroup>
          <MenuSeparator />
          <MenuItem onSelect={() => setCreating(true)}>
            <Plus />
            New project
          </MenuItem>
        </MenuContent>
      </Menu>
      {creating && <CreateProject onClose={() => setCreating(false)} onCreated={choose} />}
    </>
  )
}

function CreateProject({ onClose, onCreated }: { onClose(): void; onCreated(id: string): void }) {
  const [name, setName] = useState('')
  const [description, setDescription] = useState('')
  const create = useCreateProject()
  const submit = () =>
    create.mutate(
      { name: name.trim(), description: description.trim() },
      {
        onSuccess: (project) => {
          onClose()
          onCreated(project.id)
        },
      },
    )
  return (
    <Dialog open onOpenChange={(open) => !open && onClose()}>
      <DialogContent
        title="New project"
        description="A project joins sources, instructions and knowledge about one subject."
        footer={
          <Button variant="primary" type="submit" form="create-project" busy={create.isPending} disabled={!name.trim()}>
            Create project
          </Button>
        }
      >
        <form
          id="create-project"
          className="grid gap-4"
          onSubmit={(event) => {
            event.preventDefault()
            if (name.trim()) submit()
          }}
        >
          <Field label="Name" required error={create.isError ? messageOf(create.error) : undefined}>
            {(field) => <Input {...field} autoFocus maxLength={100} value={name} onChange={(event) => setName(event.target.value)} />}
          </Field>
          <Field label="Description" help="What its data is about, in a sentence.">
            {(field) => <Textarea {...field} maxLength={2000} value={description} onChange={(event) => setDescription(event.target.value)} />}
          </Field>
        </form>
      </DialogContent>
    </Dialog>
  )
}
