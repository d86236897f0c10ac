import { useQuery } from '@tanstack/react-query'
import { Database, FileText, Globe, Plug } from 'lucide-react'
import { useState, type ReactNode } from 'react'
import { useNavigate } from 'react-router'
import { enginesQuery } from '@/api/queries'
import type { Engine } from '@/api/types'
import { Button } from '@/components/ui/button'
import { ErrorState, SkeletonLines } from '@/components/ui/feedback'
import { Field, Input, Textarea } from '@/components/ui/field'
import { messageOf } from '@/lib/api-client'
import { cn } from '@/lib/cn'
import { useProject } from '@/lib/project'
import { useCreateSource, useTestSource, type Config } from '../api/datasources'
import { defaults, EngineFields, filled, isComplete } from './engine-fields'
import { TestReport } from './test-report'

const ICONS: Record<string, ReactNode> = { rest: <Globe />, mcp: <Plug />, duckdb: <FileText /> }

/** Choose an engine, fill in its form, test, add. */
export function AddSource() {
  const engines = useQuery(enginesQuery)
  const [engine, setEngine] = useState<Engine | null>(null)
  if (engines.isError) return <ErrorState error={engines.error} onRetry={() => void engines.refetch()} />
  if (!engines.data) return <SkeletonLines lines={5} />
  return (
    <div className="grid gap-6">
      <section aria-label="Engine">
        <h2 className="mb-2 text-[13px] font-medium">What do you connect?</h2>
        <div role="radiogroup" aria-label="Engine" className={cn('grid grid-cols-2 gap-2', engines.data.length > 4 && 'sm:grid-cols-3')}>
          {engines.data.map((item) => (
            <button
              key={item.name}
              type="button"
              role="radio"
              aria-checked={engine?.name === item.name}
              onClick={() => setEngine(item)}
              className="flex h-11 items-center gap-2.5 rounded-md border bg-card px-3 text-left text-[13px] font-medium hover:border-border-strong aria-checked:border-primary aria-checked:bg-accent aria-checked:text-accent-fg [&_svg]:size-4 [&_svg]:shrink-0 [&_svg]:text-muted-fg"
            >
              {ICONS[item.name] ?? <Database />}
              <span className="truncate">{item.title}</span>
            </button>
          ))}
        </div>
      </section>
      {engine ? <SourceForm key={engine.name} engine={engine} /> : <WhatHappens />}
    </div>
  )
}

const THEN: [string, string][] = [
  ['Test', 'Reach it, log in, and see whether the account can only read.'],
  ['Index', 'Tables, columns, keys and typical values are noted, so that words can be matched to them. Rows stay where they are.'],
  ['Ask', 'Every question becomes a plan first. Nothing runs before it is confirmed, and nothing is ever written.'],
]

function WhatHappens() {
  return (
    <section aria-label="What happens then">
      <h2 className="mb-3 text-[13px] font-medium">What happens then</h2>
      <ol className="grid gap-3">
        {THEN.map(([title, text], index) => (
          <li key={title} className="flex gap-3 text-[13px]">
            <span aria-hidden className="tnum grid size-5 shrink-0 place-items-center rounded-full bg-muted text-xs font-medium text-muted-fg">
              {index + 1}
            </span>
            <span>
              <span className="font-medium">{title}.</span> <span className="text-muted-fg">{text}</span>
            </span>
          </li>
        ))}
      </ol>
    </section>
  )
}

function SourceForm({ engine }: { engine: Engine }) {
  const project = useProject()
  const navigate = useNavigate()
  const [name, setName] = useState('')
  const [description, setDescription] = useState('')
  const [config, setConfig] = useState<Config>(() => defaults(engine.fields))
  const test = useTestSource()
  const create = useCreateSource()
  const complete = isComplete(engine.fields, config)
  const body = { engine: engine.name, config: filled(config) }
  const add = () => create.mutate({ ...body, name: name.trim(), description: description.trim(), project_id: project?.id ?? null }, { onSuccess: (source) => void navigate(`/data/${source.id}`) })
  return (
    <form
      className="grid gap-5"
      onSubmit={(event) => {
        event.preventDefault()
        if (complete && name.trim()) add()
      }}
    >
      <EngineFields fields={engine.fields} values={config} onChange={setConfig} />
      {engine.fields.length > 0 && <hr />}
      <div className="grid gap-4">
        <Field label="Name" required help="How people will see it.">
          {(field) => <Input {...field} maxLength={100} value={name} onChange={(event) => setName(event.target.value)} />}
        </Field>
        <Field label="Description" help="What is in it. It helps to choose the right source for a question.">
          {(field) => <Textarea {...field} maxLength={2000} value={description} onChange={(event) => setDescription(event.target.value)} />}
        </Field>
      </div>
      {test.data && <TestReport key={test.submittedAt} report={test.data} />}
      {(test.isError || create.isError) && (
        <p role="alert" className="text-[13px] text-err">
          {messageOf(test.error ?? create.error)}
        </p>
      )}
      <div className="flex flex-wrap items-center gap-2">
        <Button onClick={() => test.mutate({ ...body, datasource_id: null })} busy={test.isPending} disabled={!complete}>
          Test the connection
        </Button>
        <Button type="submit" variant="primary" busy={create.isPending} disabled={!complete || !name.trim()}>
          Add the source
        </Button>
        <p className="ml-auto text-xs text-muted-fg">An account that can only read is enough, and best.</p>
      </div>
    </form>
  )
}
