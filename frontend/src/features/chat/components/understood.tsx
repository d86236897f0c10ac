import type { WordLink } from '@/api/types'
import { Tip } from '@/components/ui/tooltip'
import { cn } from '@/lib/cn'

const LOOK: Partial<Record<WordLink['kind'], string>> = {
  unknown: 'decoration-err decoration-wavy',
  ignored: 'decoration-muted-fg decoration-solid line-through',
}

interface Piece {
  text: string
  link: WordLink | null
  /** What stands right behind the words and must not begin a line of its own: "?", ",". */
  tail: string
}

/** Cuts the question into plain text and linked words. Links that overlap an earlier one, or are of another text, are left out. */
export function pieces(question: string, links: readonly WordLink[]): Piece[] {
  const found: Piece[] = []
  let at = 0
  for (const link of links.toSorted((a, b) => a.start - b.start)) {
    const end = link.start + link.words.length
    if (link.start < at || link.words === '' || question.slice(link.start, end).toLowerCase() !== link.words.toLowerCase()) continue
    if (link.start > at) found.push({ text: question.slice(at, link.start), link: null, tail: '' })
    const tail = /^[^\p{L}\p{N}\s]+(?=\s|$)/u.exec(question.slice(end))?.[0] ?? ''
    found.push({ text: question.slice(link.start, end), link, tail })
    at = end + tail.length
  }
  if (at < question.length) found.push({ text: question.slice(at), link: null, tail: '' })
  return found
}

/** The question, each understood word underlined; on it, what it was taken to mean and why. */
export function LinkedQuestion({ question, links }: { question: string; links: readonly WordLink[] }) {
  return (
    <span>
      {pieces(question, links).map(({ text, link, tail }, index) =>
        link && (link.kind !== 'ignored' || link.reason) ? (
          <span key={index} className={cn(tail && 'whitespace-nowrap')}>
            <Tip label={<Meaning link={link} />}>
              <button type="button" className={cn('cursor-help whitespace-normal text-left underline decoration-primary/50 decoration-dotted underline-offset-4', LOOK[link.kind])}>
                {text}
              </button>
            </Tip>
            {tail}
          </span>
        ) : (
          <span key={index}>
            {text}
            {tail}
          </span>
        ),
      )}
    </span>
  )
}

function Meaning({ link }: { link: WordLink }) {
  if (link.kind === 'unknown') return <>Nothing in the sources fits “{link.words}”.</>
  return (
    <>
      <span className="font-medium">{link.kind === 'ignored' ? 'Left out' : link.target || link.kind}</span>
      {link.reason && <span className="block opacity-75">{link.reason}</span>}
    </>
  )
}
