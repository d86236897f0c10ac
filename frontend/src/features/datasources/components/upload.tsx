import { useQuery } from '@tanstack/react-query'
import { FileUp, Info, TriangleAlert, X } from 'lucide-react'
import { useRef, useState } from 'react'
import { Link } from 'react-router'
import { datasourcesQuery, enginesQuery } from '@/api/queries'
import type { UploadResult } from '@/api/types'
import { SimpleTable } from '@/components/grid/simple-table'
import { Badge } from '@/components/ui/badge'
import { Button } from '@/components/ui/button'
import { Field, Input } from '@/components/ui/field'
import { messageOf } from '@/lib/api-client'
import { cn } from '@/lib/cn'
import { count, formatBytes } from '@/lib/format'
import { useProject } from '@/lib/project'
import { freshName, kindNames, typeWord } from '../lib/kinds'
import { useUpload } from '../api/datasources'

const USUAL = ['.csv', '.tsv', '.json', '.parquet', '.xlsx']

/** Files in, tables out: drop, name, see what was understood. */
export function Upload() {
  const project = useProject()
  const { data: engines } = useQuery(enginesQuery)
  const suffixes = engines?.find((engine) => engine.accepts_upload)?.upload_suffixes ?? USUAL
  const [files, setFiles] = useState<File[]>([])
  const [name, setName] = useState('')
  const { data: sources } = useQuery(datasourcesQuery())
  const names = sources?.map((source) => source.name) ?? []
  const upload = useUpload()
  if (upload.data) return <Uploaded result={upload.data} onMore={() => (upload.reset(), setFiles([]), setName(''))} />
  const add = (list: FileList | null) => {
    const added = [...(list ?? [])].filter((file) => !files.some((other) => other.name === file.name))
    setFiles([...files, ...added])
    if (!name && added[0]) setName(freshName(added[0].name.replace(/\.[^.]+$/, '').replace(/[_-]+/g, ' '), names))
  }
  const foreign = files.filter((file) => !suffixes.some((suffix) => file.name.toLowerCase().endsWith(suffix)))
  return (
    <form
      className="grid gap-5"
      onSubmit={(event) => {
        event.preventDefault()
        upload.mutate({ files, name: name.trim(), projectId: project?.id ?? '' })
      }}
    >
      <DropZone suffixes={suffixes} onFiles={add} />
      {files.length > 0 && (
        <ul aria-label="Chosen files" className="overflow-hidden rounded-md border bg-card">
          {files.map((file) => (
            <li key={file.name} className="flex items-center gap-2 border-b px-3 py-1.5 text-[13px] last:border-b-0">
              <span className="min-w-0 flex-1 truncate">{file.name}</span>
              {foreign.includes(file) && <span className="text-err">not a kind that can be read</span>}
              <span className="tnum text-muted-fg">{formatBytes(file.size)}</span>
              <Button variant="ghost" size="icon-xs" aria-label={`Leave out ${file.name}`} onClick={() => setFiles(files.filter((other) => other !== file))}>
                <X />
              </Button>
            </li>
          ))}
        </ul>
      )}
      <Field label="Name of the source" required help={names.includes(name.trim()) ? 'Another source has this name. It can stay, but they will be hard to tell apart.' : undefined}>
        {(field) => <Input {...field} maxLength={100} value={name} onChange={(event) => setName(event.target.value)} />}
      </Field>
      {upload.isError && (
        <p role="alert" className="text-[13px] text-err">
          {messageOf(upload.error)}
        </p>
      )}
      <Button type="submit" variant="primary" className="justify-self-start" busy={upload.isPending} disabled={files.length === 0 || foreign.length > 0 || !name.trim()}>
        Upload {files.length > 0 && count(files.length, 'file')}
      </Button>
    </form>
  )
}

function DropZone({ suffixes, onFiles }: { suffixes: readonly string[]; onFiles(files: FileList | null): void }) {
  const [over, setOver] = useState(false)
  const input = useRef<HTMLInputElement>(null)
  return (
    <div
      onDragOver={(event) => {
        event.preventDefault()
        setOver(true)
      }}
      onDragLeave={() => setOver(false)}
      onDrop={(event) => {
        event.preventDefault()
        setOver(false)
        onFiles(event.dataTransfer.files)
      }}
      className={cn('grid justify-items-center gap-2 rounded-lg border border-dashed border-border-strong px-6 py-10 text-center transition-colors', over && 'border-primary bg-accent')}
    >
      <FileUp className="size-6 text-muted-fg" aria-hidden />
      <p className="font-medium">Drop files here</p>
      <p className="text-[13px] text-muted-fg">{kindNames(suffixes)}. Each file, or sheet, becomes a table.</p>
      <Button className="mt-1" onClick={() => input.current?.click()}>
        Choose files
      </Button>
      <input
        ref={input}
        type="file"
        multiple
        accept={suffixes.join(',')}
        aria-label="Files to upload"
        className="sr-only"
        tabIndex={-1}
        onChange={(event) => {
          onFiles(event.target.files)
          event.target.value = ''
        }}
      />
    </div>
  )
}

function Uploaded({ result, onMore }: { result: UploadResult; onMore(): void }) {
  return (
    <div className="grid gap-6">
      <div className="flex flex-wrap items-center gap-2">
        <h2 className="font-semibold">
          {result.datasource.name}: {count(result.tables.length, 'table')}
        </h2>
        <span className="ml-auto flex gap-2">
          <Button onClick={onMore}>Upload more</Button>
          <Button asChild>
            <Link to={`/data/${result.datasource.id}`}>Describe the columns</Link>
          </Button>
          <Button variant="primary" asChild>
            <Link to="/">Ask about it</Link>
          </Button>
        </span>
      </div>
      {result.tables.map((table) => (
        <section key={table.name} className="grid gap-2">
          <h3 className="flex items-center gap-2 text-[13px] font-medium">
            {table.name}
            <span className="tnum font-normal text-muted-fg">{count(table.rows, 'row')}</span>
            {table.rejected_lines > 0 && <Badge tone="warn">{count(table.rejected_lines, 'line')} left out</Badge>}
          </h3>
          <Notes problems={table.problems} />
          <SimpleTable label={`First rows of ${table.name}`} columns={table.columns.map((column) => `${column.name} · ${typeWord(column.type)}`)} rows={table.preview} />
        </section>
      ))}
    </div>
  )
}

/** Lines that were lost first, then columns that were read otherwise than they stand. */
function Notes({ problems }: { problems: readonly string[] }) {
  const read = problems.filter((problem) => problem.startsWith('column '))
  const lost = problems.filter((problem) => !problem.startsWith('column '))
  return (
    <>
      {lost.length > 0 && (
        <ul aria-label="Problems" className="grid gap-0.5 rounded-md bg-warn-bg px-3 py-2 text-[13px] text-warn">
          {lost.map((problem) => (
            <li key={problem} className="flex items-start gap-2">
              <TriangleAlert className="mt-0.5 size-3.5 shrink-0" aria-hidden />
              {problem}
            </li>
          ))}
        </ul>
      )}
      {read.length > 0 && (
        <ul aria-label="How columns were read" className="grid gap-0.5 rounded-md bg-muted/60 px-3 py-2 text-[13px]">
          {read.map((note) => (
            <li key={note} className="flex items-start gap-2">
              <Info className="mt-0.5 size-3.5 shrink-0 text-muted-fg" aria-hidden />
              {note.slice('column '.length)}
            </li>
          ))}
        </ul>
      )}
    </>
  )
}
