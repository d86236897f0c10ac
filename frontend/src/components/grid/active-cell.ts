import { useState, type KeyboardEvent } from 'react'

export interface CellPlace {
  row: number
  column: number
}

const PAGE = 10

/** Where a key leads from a place; null for keys that move nothing. */
export function moved(key: string, { row, column }: CellPlace, rows: number, columns: number): CellPlace | null {
  const to: Record<string, CellPlace> = {
    ArrowUp: { row: row - 1, column },
    ArrowDown: { row: row + 1, column },
    ArrowLeft: { row, column: column - 1 },
    ArrowRight: { row, column: column + 1 },
    PageUp: { row: row - PAGE, column },
    PageDown: { row: row + PAGE, column },
    Home: { row, column: 0 },
    End: { row, column: columns - 1 },
  }
  const next = to[key]
  if (!next) return null
  return { row: Math.max(0, Math.min(next.row, rows - 1)), column: Math.max(0, Math.min(next.column, columns - 1)) }
}

interface ActiveCellOptions {
  rows: number
  columns: number
  scrollTo(row: number): void
  onCell: ((row: number, column: number) => void) | undefined
}

/** The cell the arrow keys stand on, in a grid that keeps the focus itself; Enter follows it. */
export function useActiveCell({ rows, columns, scrollTo, onCell }: ActiveCellOptions) {
  const [active, setActive] = useState<CellPlace | null>(null)
  if (!onCell) return { active: null, props: {} }
  const onKeyDown = (event: KeyboardEvent<HTMLElement>) => {
    if (event.target !== event.currentTarget || event.metaKey || event.ctrlKey || event.altKey) return
    if (event.key === 'Enter' && active) {
      event.preventDefault()
      onCell(active.row, active.column)
      return
    }
    const next = moved(event.key, active ?? { row: 0, column: 0 }, rows, columns)
    if (!next) return
    event.preventDefault()
    setActive(active ? next : { row: 0, column: 0 })
    scrollTo(next.row)
  }
  const onFocus = () => setActive((place) => place ?? { row: 0, column: 0 })
  return { active, props: { onKeyDown, onFocus } }
}
