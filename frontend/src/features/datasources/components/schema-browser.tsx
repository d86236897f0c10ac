import { useQuery } from '@tanstack/react-query'
import { Eye, KeyRound, Search, Table2 } from 'lucide-react'
import { useState } from 'react'
import { schemaQuery } from '@/api/queries'
import type { SchemaView, TableView } from '@/api/types'
import { Badge } from '@/components/ui/badge'
import { EmptyState, ErrorState, SkeletonLines } from '@/components/ui/feedback'
import { Input } from '@/components/ui/field'
import { Tabs, TabsContent, TabsList, TabsTrigger } from '@/components/ui/tabs'
import { cn } from '@/lib/cn'
import { count, formatCompact } from '@/lib/format'
import { ColumnList } from './column-list'
import { Describe } from './describe'
import { TablePreview } from './table-preview'

/** Tables on the left, the chosen one on the right: columns, keys, first rows. */
export function SchemaBrowser({ sourceId }: { sourceId: string }) {
  const schema = useQuery(schemaQuery(sourceId))
  const [chosen, setChosen] = useState<string | null>(null)
  const [search, setSearch] = useState('')
  if (schema.isError) return <ErrorState error={schema.error} title="The schema could not be loaded" onRetry={() => void schema.refetch()} />
  if (!schema.data) return <SkeletonLines lines={8} label="Loading the schema" />
  if (schema.data.tables.length === 0) {
    return (
      <EmptyState icon={<Table2 />} title="No table yet">
        Either the index is still being built, or the account may read no table.
      </EmptyState>
    )
  }
  const shown = tablesMatching(schema.data, search)
  const table = shown.find((item) => item.name === chosen) ?? shown[0]
  return (
    <div className="grid items-start gap-4 lg:grid-cols-[230px_minmax(0,1fr)]">
      <nav aria-label="Tables" className="grid gap-2">
        <div className="relative block">
          <Search className="absolute left-2.5 top-2 size-4 text-muted-fg" aria-hidden />
          <Input aria-label="Search tables and columns" type="search" placeholder="Tables and columns" className="pl-8" value={search} onChange={(event) => setSearch(event.target.value)} />
        </div>
        <ul className="scroll-thin max-h-56 overflow-y-auto lg:max-h-[68vh]">
          {shown.map((item) => (
            <li key={item.name}>
              <button
                type="button"
                aria-current={item === table}
                onClick={() => setChosen(item.name)}
                className={cn('flex h-8 w-full items-center gap-2 rounded-md px-2.5 text-left text-[13px] hover:bg-muted', item === table && 'bg-accent font-medium text-accent-fg hover:bg-accent')}
              >
                {item.is_view ? <Eye className="size-3.5 shrink-0 opacity-60" aria-label="view" /> : <Table2 className="size-3.5 shrink-0 opacity-60" aria-hidden />}
                <span className="min-w-0 flex-1 truncate">{item.name}</span>
                {item.rows !== null && <span className="tnum text-xs font-normal text-muted-fg">{formatCompact(item.rows)}</span>}
              </button>
            </li>
          ))}
          {shown.length === 0 && <li className="px-2.5 py-2 text-[13px] text-muted-fg">Nothing fits “{search}”.</li>}
        </ul>
      </nav>
      {table && <TableDetail key={table.name} sourceId={sourceId} table={table} onOpen={setChosen} />}
    </div>
  )
}

export function tablesMatching(schema: SchemaView, search: string): TableView[] {
  const text = search.trim().toLowerCase()
  if (!text) return schema.tables
  return schema.tables.filter((table) => table.name.toLowerCase().includes(text) || table.columns.some((column) => column.name.toLowerCase().includes(text)))
}

function TableDetail({ sourceId, table, onOpen }: { sourceId: string; table: TableView; onOpen(name: string): void }) {
  return (
    <section aria-label={`Table ${table.name}`} className="grid min-w-0 gap-3 rounded-lg border bg-card p-4">
      <header className="grid gap-1">
        <div className="flex flex-wrap items-center gap-2">
          <h2 className="text-[15px] font-semibold">{table.name}</h2>
          {table.is_view && <Badge>view</Badge>}
          <span className="tnum text-[13px] text-muted-fg">
            {table.rows !== null && `${count(table.rows, 'row')} · `}
            {count(table.columns.length, 'column')}
          </span>
        </div>
        <Describe sourceId={sourceId} table={table.name} column="" text={table.description} fallback={table.comment} />
      </header>
      {table.keys.length > 0 && (
        <ul aria-label="Keys" className="flex flex-wrap gap-1.5">
          {table.keys.map((key) => (
            <li key={`${key.columns.join()}-${key.ref_table}`}>
              <button type="button" onClick={() => onOpen(key.ref_table)} className="inline-flex min-h-6 items-center gap-1.5 rounded-md bg-muted px-2 text-xs hover:bg-border/70">
                <KeyRound className="size-3 text-muted-fg" aria-hidden />
                {key.columns.join(', ')} → {key.ref_table}.{key.ref_columns.join(', ')}
                {!key.declared && <span className="text-muted-fg">(found in the data)</span>}
              </button>
            </li>
          ))}
        </ul>
      )}
      <Tabs defaultValue="columns" className="grid min-w-0 gap-3">
        <TabsList aria-label="Parts of the table" className="justify-self-start">
          <TabsTrigger value="columns">Columns</TabsTrigger>
          <TabsTrigger value="rows">First rows</TabsTrigger>
        </TabsList>
        <TabsContent value="columns" className="min-w-0">
          <ColumnList sourceId={sourceId} table={table} />
        </TabsContent>
        <TabsContent value="rows" className="min-w-0">
          <TablePreview sourceId={sourceId} table={table.name} />
        </TabsContent>
      </Tabs>
    </section>
  )
}
