import { createContext, use, useMemo, type ReactNode } from 'react'
import Markdown from 'react-markdown'
import remarkGfm from 'remark-gfm'
import type { NumberReference, ResultColumn } from '@/api/types'
import { Tip } from '@/components/ui/tooltip'
import { originOf } from '../lib/number-origin'
import { markNumbers } from '../lib/number-marks'

interface AnswerTextProps {
  text: string
  references: readonly NumberReference[]
  columns: readonly ResultColumn[]
  /** Shows the cell or column that a number comes from. */
  onShow(reference: NumberReference): void
}

const References = createContext<Omit<AnswerTextProps, 'text'> | null>(null)

function NumberMark({ value, children }: { value?: unknown; children?: ReactNode }) {
  const context = use(References)
  const reference = context?.references[Number(value)]
  if (!context || !reference) return children
  return (
    <Tip label={originOf(reference, context.columns)}>
      {/* Not a <button>: that is a box of its own, and a line could end between it and the parenthesis before it. */}
      <span
        role="button"
        tabIndex={0}
        className="tnum cursor-pointer rounded-sm underline decoration-primary/40 decoration-1 underline-offset-[3px] hover:bg-accent hover:text-accent-fg"
        onClick={() => context.onShow(reference)}
        onKeyDown={(event) => {
          if (event.key !== 'Enter' && event.key !== ' ') return
          event.preventDefault()
          context.onShow(reference)
        }}
      >
        {children}
      </span>
    </Tip>
  )
}

const COMPONENTS = { data: NumberMark }

/** The summary. Each number that came from the rows says from where, and leads there. */
export default function AnswerText({ text, references, columns, onShow }: AnswerTextProps) {
  const plugins = useMemo(() => [markNumbers(references)], [references])
  return (
    <References value={{ references, columns, onShow }}>
    <div className="grid gap-2 text-[14.5px] leading-relaxed [&_a]:text-primary [&_a]:underline [&_li]:my-0.5 [&_ol]:list-decimal [&_ol]:pl-5 [&_strong]:font-semibold [&_table]:text-[13px] [&_td]:border [&_td]:px-2 [&_th]:border [&_th]:px-2 [&_ul]:list-disc [&_ul]:pl-5">
      <Markdown
        remarkPlugins={[remarkGfm]}
        rehypePlugins={plugins}
        disallowedElements={['img']}
        components={COMPONENTS}
      >
        {text}
      </Markdown>
    </div>
    </References>
  )
}
