import { useQuery } from '@tanstack/react-query'
import { Download, FileJson } from 'lucide-react'
import { Fragment } from 'react'
import { Button } from '@/components/ui/button'
import { CopyButton } from '@/components/ui/copy-button'
import { Skeleton } from '@/components/ui/feedback'
import { Popover, PopoverContent, PopoverTrigger } from '@/components/ui/popover'
import { Tip } from '@/components/ui/tooltip'
import { messageOf } from '@/lib/api-client'
import { receiptQuery } from '../api/receipt'
import { receiptFacts } from '../lib/receipt-facts'

/** One document with all that an answer rests on, to file, compare and run again. */
export function Receipt({ receiptId }: { receiptId: string }) {
  const file = `receipt-${receiptId.slice(0, 8)}.json`
  return (
    <Popover>
      <Tip label="Receipt">
        <PopoverTrigger asChild>
          <Button variant="ghost" size="icon-sm" aria-label="Receipt">
            <FileJson />
          </Button>
        </PopoverTrigger>
      </Tip>
      <PopoverContent align="end" aria-label="Receipt" className="grid w-96 grid-cols-[minmax(0,1fr)] gap-3">
        <div>
          <h3 className="font-medium">The receipt of this answer</h3>
          <p className="mt-0.5 text-muted-fg">One signed file: question, plan, SQL, checks and a digest of the rows, but no rows.</p>
        </div>
        <Facts receiptId={receiptId} />
        <Button variant="primary" asChild className="justify-self-start">
          <a href={`/api/receipts/${encodeURIComponent(receiptId)}`} download={file}>
            <Download />
            Download the receipt
          </a>
        </Button>
        <div className="grid grid-cols-[minmax(0,1fr)] gap-1">
          <p className="text-muted-fg">Run it again and see what has changed since:</p>
          <div className="flex items-center gap-1 rounded-md bg-muted py-0.5 pl-2 pr-1">
            <code className="min-w-0 flex-1 truncate text-[12px]">datachat receipt replay {file}</code>
            <CopyButton text={`datachat receipt replay ${file}`} label="Copy the command" />
          </div>
        </div>
      </PopoverContent>
    </Popover>
  )
}

/** What this receipt holds; fetched when it is opened. */
function Facts({ receiptId }: { receiptId: string }) {
  const { data, error } = useQuery(receiptQuery(receiptId))
  if (error) return <p className="text-err">{messageOf(error)}</p>
  if (!data) return <Skeleton className="h-24" />
  return (
    <dl className="grid grid-cols-[auto_minmax(0,1fr)] gap-x-3 gap-y-1">
      {receiptFacts(data).map(([name, text], index) => (
        <Fragment key={index}>
          <dt className="text-muted-fg">{name}</dt>
          <dd className="break-words">{text}</dd>
        </Fragment>
      ))}
      <dt className="text-muted-fg">Signed</dt>
      <dd className="break-words">{data.signature ? `with this server’s key ${data.signature.key.slice(0, 8)} (${data.signature.algorithm})` : 'not, for it was made by an earlier version'}</dd>
    </dl>
  )
}
