import { useState, type ReactNode } from 'react'
import { toast } from 'sonner'
import type { Project, ProjectUpdate } from '@/api/types'
import { Button } from '@/components/ui/button'
import { Field, Input, Textarea } from '@/components/ui/field'
import { Segmented } from '@/components/ui/segmented'
import { Switch } from '@/components/ui/switch'
import { messageOf } from '@/lib/api-client'
import { useUpdateProject } from '../api/projects'
import { Limits } from './limits'
import { Members } from './members'
import { ProjectSources } from './project-sources'
import { ReasonerStatus } from './reasoner-status'

const CONFIRMATION = {
  always: 'Every plan waits until somebody confirms it.',
  when_unsure: 'A plan waits when an assumption is open or its confidence is not high.',
  never: 'Plans run at once. They can still be looked at afterwards.',
}

/** All that can be set about a project. Switches save at once; text is saved by its button. */
export function ProjectSettings({ project }: { project: Project }) {
  const update = useUpdateProject(project.id)
  const save = (body: ProjectUpdate) => update.mutate(body, { onError: (error) => toast.error(messageOf(error)) })
  const members = (
    <Section title="Members" about="Who asks here. What they may read is said at each source, under Access.">
      <Members project={project} />
    </Section>
  )
  if (!project.mine) {
    return (
      <div className="grid gap-9">
        <Section title={project.name} about={project.description || 'The owner of this project sets what it reads and how it answers.'} />
        {members}
      </div>
    )
  }
  return (
    <div className="grid gap-9">
      <Section title="Project">
        <Texts key={project.id} project={project} />
      </Section>
      <Section title="Sources" about="What questions in this project may read.">
        <ProjectSources project={project} onChange={(sourceIds) => save({ source_ids: sourceIds })} />
      </Section>
      {members}
      <Section title="Confirmation" about={CONFIRMATION[project.confirmation]}>
        <Segmented
          label="When a plan waits for confirmation"
          value={project.confirmation}
          onChange={(confirmation) => save({ confirmation })}
          options={[
            { value: 'always', label: 'Always ask' },
            { value: 'when_unsure', label: 'Ask when unsure' },
            { value: 'never', label: 'Never ask' },
          ]}
        />
      </Section>
      <Section title="Reasoner" about="Who turns a question into a plan. The built-in reasoner needs no model and sends nothing anywhere.">
        <Segmented
          label="Reasoner"
          value={project.reasoner}
          onChange={(reasoner) => save({ reasoner })}
          options={[
            { value: 'auto', label: 'Automatic' },
            { value: 'embedded', label: 'Built-in' },
            { value: 'llm', label: 'Language model' },
          ]}
        />
        <ReasonerStatus />
        <div className="flex items-start gap-3">
          <Switch className="mt-0.5" checked={project.send_values} onCheckedChange={(checked) => save({ send_values: checked })} aria-labelledby="send-values" />
          <span id="send-values">
            Stored values may enter a prompt
            <span className="block text-[13px] text-muted-fg">Off: a language model sees names and types of columns, never what is in them.</span>
          </span>
        </div>
      </Section>
      <Section title="Limits" about="What one turn may use before it stops with what it knows.">
        <Limits key={project.id} limits={project.limits} onSave={(limits) => save({ limits })} busy={update.isPending} />
      </Section>
    </div>
  )
}

/** Where a section's link leads: "Members" → `members`. */
export function sectionId(title: string): string {
  return title.toLowerCase().replace(/\W+/g, '-')
}

function Section({ title, about, children }: { title: string; about?: string; children?: ReactNode }) {
  return (
    <section aria-label={title} id={sectionId(title)} className="grid scroll-mt-5 gap-3 border-b pb-9 last:border-b-0">
      <div>
        <h2 className="text-[15px] font-semibold">{title}</h2>
        {about && <p className="text-[13px] text-muted-fg">{about}</p>}
      </div>
      {children}
    </section>
  )
}

function Texts({ project }: { project: Project }) {
  const update = useUpdateProject(project.id)
  const [name, setName] = useState(project.name)
  const [description, setDescription] = useState(project.description)
  const [instructions, setInstructions] = useState(project.instructions)
  const changed = name !== project.name || description !== project.description || instructions !== project.instructions
  return (
    <form
      className="grid gap-4"
      onSubmit={(event) => {
        event.preventDefault()
        update.mutate({ name: name.trim(), description: description.trim(), instructions: instructions.trim() }, { onSuccess: () => toast.success('Saved.') })
      }}
    >
      <Field label="Name" required error={update.isError ? messageOf(update.error) : undefined}>
        {(field) => <Input {...field} maxLength={100} value={name} onChange={(event) => setName(event.target.value)} />}
      </Field>
      <Field label="Description">{(field) => <Input {...field} maxLength={2000} value={description} onChange={(event) => setDescription(event.target.value)} />}</Field>
      <Field label="Instructions" help="What a language model should know when it answers here: what counts as revenue, which orders to leave out. The built-in reasoner reads terms and metrics instead; write those under Knowledge.">
        {(field) => <Textarea {...field} className="min-h-28" maxLength={20_000} value={instructions} onChange={(event) => setInstructions(event.target.value)} />}
      </Field>
      <Button type="submit" variant="primary" className="justify-self-start" disabled={!changed || !name.trim()} busy={update.isPending}>
        Save
      </Button>
    </form>
  )
}
