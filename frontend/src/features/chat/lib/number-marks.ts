/** Marks the numbers of an answer that were filled from its rows, as a step of the Markdown pipeline. */
import type { NumberReference } from '@/api/types'

interface Node {
  type: string
  tagName?: string
  value?: string
  properties?: Record<string, string>
  children?: Node[]
}

export interface Piece {
  text: string
  /** Index of the reference the text comes from. */
  reference: number | null
}

function escape(text: string): string {
  return text.replace(/[.*+?^${}()|[\]\\]/g, '\\$&')
}

/** Cuts text at the references' texts. Of several with the same text, each is used once, in order. */
export function cut(text: string, references: readonly NumberReference[], used: Set<number>): Piece[] {
  const texts = [...new Set(references.map((reference) => reference.text).filter(Boolean))].toSorted((a, b) => b.length - a.length)
  if (texts.length === 0) return [{ text, reference: null }]
  const pattern = new RegExp(`(?<![\\p{L}\\p{N}.,])(?:${texts.map(escape).join('|')})(?![\\p{L}\\p{N}]|[.,]\\p{N})`, 'gu')
  const found: Piece[] = []
  let at = 0
  for (const match of text.matchAll(pattern)) {
    const candidates = references.flatMap((reference, index) => (reference.text === match[0] ? [index] : []))
    const reference = candidates.find((index) => !used.has(index)) ?? candidates.at(-1) ?? null
    if (reference === null) continue
    used.add(reference)
    if (match.index > at) found.push({ text: text.slice(at, match.index), reference: null })
    found.push({ text: match[0], reference })
    at = match.index + match[0].length
  }
  if (at < text.length) found.push({ text: text.slice(at), reference: null })
  return found
}

function walk(node: Node, references: readonly NumberReference[], used: Set<number>): void {
  if (!node.children || node.tagName === 'code') return
  node.children = node.children.flatMap((child) => {
    if (child.type !== 'text' || !child.value) {
      walk(child, references, used)
      return [child]
    }
    return cut(child.value, references, used).map((piece): Node => {
      const text: Node = { type: 'text', value: piece.text }
      if (piece.reference === null) return text
      return { type: 'element', tagName: 'data', properties: { value: String(piece.reference) }, children: [text] }
    })
  })
}

export function markNumbers(references: readonly NumberReference[]) {
  return () => (tree: Node) => walk(tree, references, new Set())
}
