import type { Lineage } from '@/api/types'

/** Places of a list's columns, those that the number is made of first; and how many these are. */
export function measuredFirst(names: readonly string[], sources: Lineage['sources']): { order: number[]; measured: number } {
  const made = new Set(sources.flatMap(({ table, column }) => [column, `${table}.${column}`]))
  const places = names.map((_, place) => place)
  const first = places.filter((place) => made.has(names[place] ?? ''))
  return { order: [...first, ...places.filter((place) => !first.includes(place))], measured: first.length }
}
