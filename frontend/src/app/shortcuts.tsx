import { Dialog, DialogContent } from '@/components/ui/dialog'
import { keyLabel } from '@/lib/keyboard'

const GROUPS: { name: string; keys: [string, string][] }[] = [
  {
    name: 'Everywhere',
    keys: [
      ['mod+k', 'Command menu'],
      ['mod+shift+o', 'New chat'],
      ['mod+b', 'Fold the side list'],
      ['?', 'This list'],
      ['g then c d k v s', 'Go to chat, data, knowledge, reviews, settings'],
    ],
  },
  {
    name: 'Chat',
    keys: [
      ['/', 'Go to the question box'],
      ['enter', 'Send'],
      ['shift+enter', 'New line'],
      ['↑', 'In the empty box: bring back the last question'],
      ['@', 'Name a table'],
      ['escape', 'Stop the run'],
      ['mod+enter', 'Run the plan; in an editor, try the SQL'],
      ['e', 'Edit the plan in words'],
      ['1 – 9', 'Choose an answer to a question back'],
      ['t c q l', 'Table, chart, SQL, checks of the last answer'],
      ['y n', 'Good answer, something is wrong'],
      ['← ↑ → ↓ Enter', 'In the table: follow a cell to where it comes from'],
      ['F6', 'Go to the plan that waits'],
    ],
  },
  {
    name: 'Reviews',
    keys: [
      ['a', 'Approve'],
      ['e', 'Correct'],
      ['r', 'Reject'],
      ['s', 'Skip'],
      ['j k', 'Next, previous'],
    ],
  },
]

export default function Shortcuts({ onClose }: { onClose(): void }) {
  return (
    <Dialog open onOpenChange={(open) => !open && onClose()}>
      <DialogContent title="Keyboard shortcuts" className="max-w-xl">
        <div className="grid gap-5">
          {GROUPS.map((group) => (
            <section key={group.name}>
              <h3 className="mb-1.5 text-xs font-medium text-muted-fg">{group.name}</h3>
              <dl className="grid gap-1">
                {group.keys.map(([keys, does]) => (
                  <div key={keys} className="flex items-center justify-between gap-4 text-[13px]">
                    <dt>{does}</dt>
                    <dd>
                      <kbd className="rounded border bg-muted px-1.5 py-0.5 font-sans text-xs">{keys.includes(' ') ? keys : keyLabel(keys)}</kbd>
                    </dd>
                  </div>
                ))}
              </dl>
            </section>
          ))}
        </div>
      </DialogContent>
    </Dialog>
  )
}
