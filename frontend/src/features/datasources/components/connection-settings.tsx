import { useQuery } from '@tanstack/react-query'
import { useState } from 'react'
import { toast } from 'sonner'
import { enginesQuery } from '@/api/queries'
import type { Datasource } from '@/api/types'
import { Button } from '@/components/ui/button'
import { SkeletonLines } from '@/components/ui/feedback'
import { Field, Input, Textarea } from '@/components/ui/field'
import { ApiError, messageOf } from '@/lib/api-client'
import { useTestSource, useUpdateSource, type Config } from '../api/datasources'
import { EngineFields, filled, isComplete } from './engine-fields'
import { TestReport } from './test-report'

/** Name, description and connection of a source. Saved secrets stay unless new ones are typed. */
export function ConnectionSettings({ source }: { source: Datasource }) {
  const { data: engines } = useQuery(enginesQuery)
  const [name, setName] = useState(source.name)
  const [description, setDescription] = useState(source.description)
  const [config, setConfig] = useState<Config>(source.config)
  const test = useTestSource()
  const update = useUpdateSource(source.id)
  const engine = engines?.find((item) => item.name === source.engine)
  if (!engine) return <SkeletonLines lines={4} />
  const failure = test.error ?? update.error
  const problem = failure instanceof ApiError ? failure.problem : null
  const atField = engine.fields.some((field) => problem?.field === `config.${field.name}`)
  // What was uploaded lies where the server keeps it, so there is no connection to change.
  const ownFiles = source.files.length > 0
  const complete = ownFiles || isComplete(engine.fields, config, source.secret_set)
  return (
    <form
      className="grid max-w-2xl gap-5"
      onSubmit={(event) => {
        event.preventDefault()
        update.mutate({ name: name.trim(), description: description.trim(), ...(ownFiles ? {} : { config: filled(config) }) }, { onSuccess: () => toast.success('Saved.') })
      }}
    >
      <Field label="Name" required>
        {(field) => <Input {...field} maxLength={100} value={name} onChange={(event) => setName(event.target.value)} />}
      </Field>
      <Field label="Description" help="What is in it. It helps to choose the right source for a question.">
        {(field) => <Textarea {...field} maxLength={2000} value={description} onChange={(event) => setDescription(event.target.value)} />}
      </Field>
      {ownFiles ? (
        <p className="break-words text-[13px] text-muted-fg">
          Made of {source.files.join(', ')}. Other files become a new source.
        </p>
      ) : (
        <EngineFields fields={engine.fields} values={config} secretsKept={source.secret_set} problem={problem} onChange={setConfig} />
      )}
      {test.data && <TestReport key={test.submittedAt} report={test.data} />}
      {failure && !atField && (
        <p role="alert" className="text-[13px] text-err">
          {messageOf(failure)}
        </p>
      )}
      <div className="flex gap-2">
        {!ownFiles && (
          <Button busy={test.isPending} disabled={!complete} onClick={() => test.mutate({ engine: source.engine, config: filled(config), datasource_id: source.id })}>
            Test the connection
          </Button>
        )}
        <Button type="submit" variant="primary" busy={update.isPending} disabled={!complete || !name.trim()}>
          Save
        </Button>
      </div>
    </form>
  )
}
