/** Local storage that works (and forgets) where the browser forbids it. */
const PREFIX = 'datachat.'

export function recall(key: string): string | null {
  try {
    return localStorage.getItem(PREFIX + key)
  } catch {
    return null
  }
}

export function remember(key: string, value: string | null): void {
  try {
    if (value === null || value === '') localStorage.removeItem(PREFIX + key)
    else localStorage.setItem(PREFIX + key, value)
  } catch {
    // Private windows may refuse; the setting then lasts until the page is closed.
  }
}
