import { ArrowUp, Square, Table2 } from 'lucide-react'
import { useId, useImperativeHandle, useRef, useState, type KeyboardEvent, type Ref } from 'react'
import { Button } from '@/components/ui/button'
import { Tip } from '@/components/ui/tooltip'
import { cn } from '@/lib/cn'
import { recall, remember } from '@/lib/storage'
import { complete, mentionAt, tablesLike, type Mention } from '../lib/mentions'

export interface ComposerHandle {
  set(text: string): void
  focus(): void
}

interface ComposerProps {
  /** Where the draft is kept until it is sent. */
  draftKey: string
  tables: readonly string[]
  lastQuestion: string
  placeholder: string
  /** A turn is under way: with an empty box, the button stops it. */
  stoppable: boolean
  /** Nothing can be sent now. */
  busy: boolean
  offline: boolean
  ref?: Ref<ComposerHandle>
  onAsk(question: string): void
  onStop(): void
}

const MAX = 8000

/** The question box: Enter sends, Shift-Enter breaks the line, @ names a table, ↑ brings back the last question. */
export function Composer({ draftKey, tables, lastQuestion, placeholder, stoppable, busy, offline, ref, onAsk, onStop }: ComposerProps) {
  const [text, setText] = useState(() => recall(`draft.${draftKey}`) ?? '')
  const [mention, setMention] = useState<Mention | null>(null)
  const [active, setActive] = useState(0)
  const box = useRef<HTMLTextAreaElement>(null)
  const listId = useId()
  const offered = mention ? tablesLike(tables, mention.text) : []

  const write = (value: string, caret = value.length) => {
    setText(value)
    remember(`draft.${draftKey}`, value)
    setMention(mentionAt(value, caret))
    setActive(0)
  }

  useImperativeHandle(ref, () => ({
    set: (value) => {
      setText(value)
      remember(`draft.${draftKey}`, value)
      box.current?.focus()
    },
    focus: () => box.current?.focus(),
  }))

  const send = () => {
    const question = text.trim()
    if (!question || busy) return
    onAsk(question)
    write('')
  }

  const pick = (name: string) => {
    if (!mention) return
    const next = complete(text, mention, name)
    write(next.value, next.caret)
    setMention(null)
    requestAnimationFrame(() => box.current?.setSelectionRange(next.caret, next.caret))
  }

  const onKeyDown = (event: KeyboardEvent<HTMLTextAreaElement>) => {
    if (event.nativeEvent.isComposing) return
    if (offered.length > 0 && mention) {
      const chosen = offered[active]
      if (event.key === 'ArrowDown') setActive((active + 1) % offered.length)
      else if (event.key === 'ArrowUp') setActive((active + offered.length - 1) % offered.length)
      else if ((event.key === 'Enter' || event.key === 'Tab') && chosen) pick(chosen)
      else if (event.key === 'Escape') setMention(null)
      else return
      event.preventDefault()
      return
    }
    if (event.key === 'Enter' && !event.shiftKey && !event.metaKey && !event.ctrlKey) {
      event.preventDefault()
      send()
    } else if (event.key === 'ArrowUp' && text === '' && lastQuestion) {
      event.preventDefault()
      write(lastQuestion)
    } else if (event.key === 'Escape') box.current?.blur()
  }

  return (
    <form
      className="relative rounded-xl border border-border-strong/70 bg-card shadow-card transition-colors focus-within:border-ring"
      onSubmit={(event) => {
        event.preventDefault()
        send()
      }}
    >
      {offered.length > 0 && (
        <div id={listId} role="listbox" aria-label="Tables" className="absolute bottom-full left-2 z-20 mb-1.5 w-64 animate-in rounded-lg border bg-card p-1 shadow-pop">
          {offered.map((name, index) => (
            <div
              key={name}
              id={`${listId}-${index}`}
              role="option"
              tabIndex={-1}
              aria-selected={index === active}
              onMouseDown={(event) => {
                event.preventDefault()
                pick(name)
              }}
              onMouseMove={() => setActive(index)}
              className={cn('flex items-center gap-2 rounded-[5px] px-2 py-1 text-[13px]', index === active && 'bg-muted')}
            >
              <Table2 className="size-3.5 text-muted-fg" aria-hidden />
              {name}
            </div>
          ))}
        </div>
      )}
      <textarea
        ref={box}
        rows={1}
        value={text}
        maxLength={MAX}
        aria-label="Your question"
        aria-autocomplete="list"
        aria-controls={offered.length > 0 ? listId : undefined}
        aria-activedescendant={offered.length > 0 ? `${listId}-${active}` : undefined}
        placeholder={placeholder}
        onChange={(event) => write(event.target.value, event.target.selectionStart)}
        onKeyDown={onKeyDown}
        onBlur={() => setMention(null)}
        className="scroll-thin block field-sizing-content max-h-55 w-full resize-none bg-transparent py-3 pl-4 pr-13 leading-6 outline-none placeholder:text-muted-fg/80"
      />
      <div className="absolute bottom-2 right-2">
        {stoppable && (busy || !text.trim()) ? (
          <Tip label="Stop" keys="escape">
            <Button variant="outline" size="icon" aria-label="Stop" onClick={onStop}>
              <Square className="fill-current !size-3" />
            </Button>
          </Tip>
        ) : (
          <Tip label={offline ? 'It is sent as soon as the connection is back' : 'Send'} keys="enter">
            <Button type="submit" variant="primary" size="icon" aria-label="Send" disabled={!text.trim()}>
              <ArrowUp />
            </Button>
          </Tip>
        )}
      </div>
    </form>
  )
}
