/** `@` in the question box: naming a table exactly. */
export interface Mention {
  /** Where the `@` stands. */
  start: number
  text: string
}

/** The mention that is being typed at the caret, if there is one. */
export function mentionAt(value: string, caret: number): Mention | null {
  const match = /(^|\s)@([\p{L}\p{N}_.]*)$/u.exec(value.slice(0, caret))
  if (!match) return null
  const text = match[2] ?? ''
  return { start: caret - text.length - 1, text }
}

/** The text with the mention replaced by the table's name, and where the caret goes. */
export function complete(value: string, mention: Mention, name: string): { value: string; caret: number } {
  const before = value.slice(0, mention.start)
  const after = value.slice(mention.start + 1 + mention.text.length)
  return { value: `${before}${name} ${after.replace(/^ /, '')}`, caret: before.length + name.length + 1 }
}

export function tablesLike(names: readonly string[], text: string, most = 7): string[] {
  const wanted = text.toLowerCase()
  const starts = names.filter((name) => name.toLowerCase().startsWith(wanted))
  const contains = names.filter((name) => !name.toLowerCase().startsWith(wanted) && name.toLowerCase().includes(wanted))
  return [...starts, ...contains].slice(0, most)
}
