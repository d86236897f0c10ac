import { Download, FileJson } from 'lucide-react'
import { Button } from '@/components/ui/button'
import { CopyButton } from '@/components/ui/copy-button'
import { Popover, PopoverContent, PopoverTrigger } from '@/components/ui/popover'
import { Tip } from '@/components/ui/tooltip'

const HOLDS = [
  'the question, and what was asked back',
  'the plan as proposed and as confirmed, and by whom',
  'each statement that ran, with its hash, and how it was read back',
  'every check, and the plan held against the SQL point by point',
  'the columns each number comes from, and how fresh the source’s index was',
  'row counts and a digest of the rows, but no rows',
  'times, tokens, cost, models and versions',
]

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
          <p className="mt-0.5 text-muted-fg">One file, sealed with a hash over all of it. It holds</p>
          <ul className="mt-1.5 grid list-disc gap-0.5 pl-4 text-muted-fg">
            {HOLDS.map((line) => (
              <li key={line}>{line}</li>
            ))}
          </ul>
        </div>
        <Button variant="primary" asChild className="justify-self-start">
          <a href={`/api/receipts/${encodeURIComponent(receiptId)}`} download={file}>
            <Download />
            Download the receipt
          </a>
        </Button>
        <div className="grid gap-1">
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
