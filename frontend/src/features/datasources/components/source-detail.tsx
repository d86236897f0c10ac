import { useQuery } from '@tanstack/react-query'
import { RotateCcw, Trash2 } from 'lucide-react'
import { useState } from 'react'
import { useNavigate } from 'react-router'
import { toast } from 'sonner'
import { enginesQuery } from '@/api/queries'
import type { Datasource } from '@/api/types'
import { Badge } from '@/components/ui/badge'
import { Button } from '@/components/ui/button'
import { Dialog, DialogContent } from '@/components/ui/dialog'
import { ErrorState, SkeletonLines } from '@/components/ui/feedback'
import { Field, Input } from '@/components/ui/field'
import { Tabs, TabsContent, TabsList, TabsTrigger } from '@/components/ui/tabs'
import { messageOf } from '@/lib/api-client'
import { datasourceQuery, useDeleteSource, useIndexSource } from '../api/datasources'
import { Access } from './access'
import { ConnectionSettings } from './connection-settings'
import { SchemaBrowser } from './schema-browser'
import { ProgressBar, SourceState } from './source-state'

export function SourceDetail({ sourceId }: { sourceId: string }) {
  const source = useQuery(datasourceQuery(sourceId))
  const index = useIndexSource()
  const [deleting, setDeleting] = useState(false)
  if (source.isError) return <ErrorState error={source.error} onRetry={() => void source.refetch()} />
  if (!source.data) return <SkeletonLines lines={6} />
  const { data } = source
  const working = data.index_state === 'running' || data.index_state === 'queued'
  return (
    <div className="grid min-w-0 gap-4">
      <div className="grid gap-2">
        <div className="flex flex-wrap items-center gap-x-3 gap-y-2">
          <EngineName name={data.engine} />
          <Badge tone={data.read_only_enforced ? 'ok' : 'warn'}>{data.read_only_enforced ? 'read-only enforced by the engine' : 'the account may write; DataChat only reads'}</Badge>
          <SourceState source={data} />
          {data.mine && (
            <span className="ml-auto flex gap-1.5">
              <Button size="sm" busy={index.isPending} disabled={working} onClick={() => index.mutate(sourceId, { onError: (error) => toast.error(messageOf(error)) })}>
                <RotateCcw />
                Index again
              </Button>
              <Button size="sm" variant="danger" onClick={() => setDeleting(true)}>
                <Trash2 />
                Delete
              </Button>
            </span>
          )}
        </div>
        <ProgressBar source={data} />
        {data.problem && (
          <p role="alert" className="rounded-md bg-err-bg px-3 py-2 text-[13px] text-err">
            {data.problem.message}
          </p>
        )}
      </div>
      <Tabs defaultValue={data.index_state === 'failed' && data.mine ? 'settings' : 'schema'} className="grid min-w-0 gap-4">
        <TabsList aria-label="Parts of the source" className="justify-self-start">
          <TabsTrigger value="schema">Schema</TabsTrigger>
          {data.mine && <TabsTrigger value="access">Access</TabsTrigger>}
          {data.mine && <TabsTrigger value="settings">Connection</TabsTrigger>}
        </TabsList>
        <TabsContent value="schema" className="min-w-0">
          <SchemaBrowser sourceId={sourceId} />
        </TabsContent>
        {data.mine && (
          <>
            <TabsContent value="access">
              <Access sourceId={sourceId} />
            </TabsContent>
            <TabsContent value="settings">
              <ConnectionSettings source={data} />
            </TabsContent>
          </>
        )}
      </Tabs>
      {deleting && <DeleteSource source={data} onClose={() => setDeleting(false)} />}
    </div>
  )
}

function EngineName({ name }: { name: string }) {
  const { data } = useQuery(enginesQuery)
  return <Badge>{data?.find((engine) => engine.name === name)?.title ?? name}</Badge>
}

function DeleteSource({ source, onClose }: { source: Datasource; onClose(): void }) {
  const [typed, setTyped] = useState('')
  const remove = useDeleteSource()
  const navigate = useNavigate()
  const same = typed.trim() === source.name
  return (
    <Dialog open onOpenChange={(open) => !open && onClose()}>
      <DialogContent title={`Delete ${source.name}`} description="Its index, descriptions and learned patterns go with it. The database itself is not touched. This cannot be undone.">
        <form
          className="grid gap-4"
          onSubmit={(event) => {
            event.preventDefault()
            if (same) remove.mutate(source.id, { onSuccess: () => void navigate('/data') })
          }}
        >
          <Field label={`Type “${source.name}” to confirm`} error={remove.isError ? messageOf(remove.error) : undefined}>
            {(field) => <Input {...field} autoFocus autoComplete="off" value={typed} onChange={(event) => setTyped(event.target.value)} />}
          </Field>
          <Button type="submit" variant="danger" className="justify-self-end" disabled={!same} busy={remove.isPending}>
            Delete the source
          </Button>
        </form>
      </DialogContent>
    </Dialog>
  )
}
