import { useQuery } from '@tanstack/react-query'
import { ChevronLeft } from 'lucide-react'
import { Link, useParams } from 'react-router'
import { Button } from '@/components/ui/button'
import { datasourceQuery } from '@/features/datasources/api/datasources'
import { AddSource } from '@/features/datasources/components/add-source'
import { SourceDetail } from '@/features/datasources/components/source-detail'
import { AddButtons, SourceList } from '@/features/datasources/components/source-list'
import { Upload } from '@/features/datasources/components/upload'
import { PageBody } from './page-body'
import { PageHeader } from './page-header'

export function DataPage() {
  return (
    <>
      <PageHeader title="Data">
        <span className="ml-auto flex gap-2 [&_a]:h-7">
          <AddButtons />
        </span>
      </PageHeader>
      <PageBody wide>
        <SourceList />
      </PageBody>
    </>
  )
}

export function AddSourcePage() {
  return (
    <>
      <PageHeader title="Connect a source">
        <Back />
      </PageHeader>
      <PageBody>
        <AddSource />
      </PageBody>
    </>
  )
}

export function UploadPage() {
  return (
    <>
      <PageHeader title="Upload files">
        <Back />
      </PageHeader>
      <PageBody>
        <Upload />
      </PageBody>
    </>
  )
}

export function SourcePage() {
  const { sourceId = '' } = useParams()
  const { data } = useQuery(datasourceQuery(sourceId))
  return (
    <>
      <PageHeader title={data?.name ?? 'Source'}>
        <Back />
      </PageHeader>
      <PageBody wide>
        <SourceDetail key={sourceId} sourceId={sourceId} />
      </PageBody>
    </>
  )
}

function Back() {
  return (
    <Button variant="ghost" size="sm" asChild>
      <Link to="/data">
        <ChevronLeft />
        All sources
      </Link>
    </Button>
  )
}
