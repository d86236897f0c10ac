import { toast } from 'sonner'
import { messageOf } from './api-client'

const UNDO_MS = 8000

/** Says what was taken away, and for a while offers to bring it back. */
export function offerUndo(words: string, restore: () => Promise<unknown>): void {
  toast(words, {
    duration: UNDO_MS,
    action: { label: 'Undo', onClick: () => void restore().catch((error: unknown) => toast.error(messageOf(error))) },
  })
}
