import { useEffect, useRef } from 'react'

export const isMac = typeof navigator !== 'undefined' && /Mac|iPhone|iPad/.test(navigator.userAgent)

/** How a combination is written on this platform: `mod+k` is ⌘K or Ctrl K. */
export function keyLabel(combination: string): string {
  const names: Record<string, string> = isMac
    ? { mod: '⌘', shift: '⇧', alt: '⌥', enter: '↵', escape: 'Esc' }
    : { mod: 'Ctrl', shift: 'Shift', alt: 'Alt', enter: 'Enter', escape: 'Esc' }
  const parts = combination.split('+').map((part) => names[part] ?? part.toUpperCase())
  return parts.join(isMac ? '' : ' ')
}

export function isTyping(target: EventTarget | null): boolean {
  if (!(target instanceof HTMLElement)) return false
  return target.isContentEditable || ['INPUT', 'TEXTAREA', 'SELECT'].includes(target.tagName)
}

function combinationOf(event: KeyboardEvent): string {
  const parts: string[] = []
  if (event.metaKey || event.ctrlKey) parts.push('mod')
  if (event.altKey) parts.push('alt')
  if (event.shiftKey && event.key.length > 1) parts.push('shift')
  else if (event.shiftKey && (event.metaKey || event.ctrlKey)) parts.push('shift')
  parts.push(event.key.toLowerCase())
  return parts.join('+')
}

export type Hotkeys = Record<string, (event: KeyboardEvent) => void>

/**
 * Page-wide keys. Combinations with `mod` and Escape work everywhere; single characters only while
 * nobody is typing and no dialog or menu is open. A handler that acted calls `preventDefault`.
 */
export function useHotkeys(keys: Hotkeys, enabled = true): void {
  const latest = useRef(keys)
  useEffect(() => {
    latest.current = keys
  })
  useEffect(() => {
    if (!enabled) return
    const onKey = (event: KeyboardEvent) => {
      if (event.defaultPrevented || event.isComposing) return
      const combination = combinationOf(event)
      const handler = latest.current[combination]
      if (!handler) return
      const everywhere = combination.startsWith('mod+')
      if (!everywhere && (isTyping(event.target) || document.querySelector('[role="dialog"],[role="menu"],[role="listbox"]'))) return
      handler(event)
    }
    window.addEventListener('keydown', onKey)
    return () => window.removeEventListener('keydown', onKey)
  }, [enabled])
}
