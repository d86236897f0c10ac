import type { ReactNode } from 'react'
import type { Filter, PlanQuery, SchemaView } from '@/api/types'
import { formatNumber } from '@/lib/format'
import { AddChip, Chip } from './chip'
import { conditionText, dimensionText, fieldName, filterSubject, filterText, measureText, orderText } from './describe'
import { canRemoveField, newDimension, newFilter, newMeasure, remove } from './edit'
import { DimensionForm, MeasureForm } from './field-forms'
import { FilterForm } from './filter-form'
import { LimitForm, OrderForm } from './order-form'
import { periodOf, periodText, type Period } from './period'
import { PeriodForm } from './period-form'
import { TablesRow } from './tables-row'

export interface QueryViewProps {
  query: PlanQuery
  schema?: SchemaView | undefined
  /** Without it the query is only read. */
  onChange?: ((query: PlanQuery) => void) | undefined
}

/** One query of a plan, row by row: what it shows, groups by, keeps, reads, and how it sorts. */
export function QueryView({ query, schema, onChange }: QueryViewProps) {
  const measured = query.measures.length > 0
  return (
    <dl className="grid grid-cols-[4.75rem_minmax(0,1fr)] sm:grid-cols-[5.25rem_minmax(0,1fr)] items-start gap-x-2 gap-y-1.5">
      {measured && <Row label="Show">{<Measures query={query} schema={schema} onChange={onChange} />}</Row>}
      {(query.dimensions.length > 0 || onChange) && (
        <Row label={measured ? 'For each' : 'Show'}>
          <Dimensions query={query} schema={schema} onChange={onChange} />
          {!measured && onChange && <AddChip name="Add a measure" text="measure" renderForm={(close) => <MeasureForm item={newMeasure(query)} query={query} schema={schema} onChange={(next) => (close(), onChange(next))} />} />}
        </Row>
      )}
      {(query.filters.length > 0 || onChange) && (
        <Row label="Only where">
          <Filters query={query} schema={schema} onChange={onChange} />
        </Row>
      )}
      <Row label="From">
        <TablesRow query={query} onChange={onChange} />
      </Row>
      {/* Plans stored by an earlier version know none of these. */}
      {query.groupings?.length > 0 && (
        <Row label="Subtotals">
          {query.groupings.map((text) => (
            <Chip key={text} kind="Rows">
              {text}
            </Chip>
          ))}
        </Row>
      )}
      {(query.qualify?.length > 0 || query.distinct_on?.length > 0 || query.ending?.length > 0) && (
        <Row label="Then only">
          {query.qualify?.map((item) => (
            <Chip key={item.id} kind="Filter" why={item.why || undefined}>
              <FilterWords filter={item} query={query} />
            </Chip>
          ))}
          {query.ending?.map((text) => (
            <Chip key={text} kind="Rows">
              {text}
            </Chip>
          ))}
          {query.distinct_on?.length > 0 && <Chip kind="Rows">the first row for each {query.distinct_on.map((id) => fieldName(id, query)).join(', ')}</Chip>}
        </Row>
      )}
      {(query.order.length > 0 || query.limit != null || query.distinct || onChange) && (
        <Row label="Sort">
          <SortAndLimit query={query} onChange={onChange} />
        </Row>
      )}
      {query.combine.map((part, index) => (
        <Row key={index} label={{ union: 'Together with', intersect: 'Also in', except: 'Without' }[part.operator]}>
          <div className="w-full rounded-md border border-dashed p-2">
            <QueryView query={part.query} />
          </div>
        </Row>
      ))}
    </dl>
  )
}

function Row({ label, children }: { label: string; children: ReactNode }) {
  return (
    <>
      <dt className="pt-1 text-[13px] text-muted-fg">{label}</dt>
      <dd className="flex min-w-0 flex-wrap items-center gap-1.5">{children}</dd>
    </>
  )
}

/** Closes the chip's popover before the plan changes under it. */
function closing(close: () => void, onChange: (query: PlanQuery) => void) {
  return (query: PlanQuery) => {
    close()
    onChange(query)
  }
}

function Measures({ query, schema, onChange }: QueryViewProps) {
  return (
    <>
      {query.measures.map((item) => {
        // "number of orders" says it all; that it counts rows is no second news.
        const text = item.function === 'count' && !item.column && !item.expression && item.label ? item.label : measureText(item, query.tables)
        const form = onChange && ((close: () => void) => <MeasureForm item={item} query={query} schema={schema} onChange={closing(close, onChange)} onRemove={canRemoveField(query) ? () => closing(close, onChange)(remove(query, item.id)) : undefined} />)
        return (
          <Chip key={item.id} kind="Measure" renderForm={form}>
            <Named label={item.label} text={text} hidden={!item.shown} />
          </Chip>
        )
      })}
      {onChange && <AddChip name="Add a measure" renderForm={(close) => <MeasureForm item={newMeasure(query)} query={query} schema={schema} onChange={closing(close, onChange)} />} />}
    </>
  )
}

function Dimensions({ query, schema, onChange }: QueryViewProps) {
  return (
    <>
      {query.dimensions.map((item) => {
        const text = dimensionText(item, query.tables)
        const form = onChange && ((close: () => void) => <DimensionForm item={item} query={query} schema={schema} onChange={closing(close, onChange)} onRemove={canRemoveField(query) ? () => closing(close, onChange)(remove(query, item.id)) : undefined} />)
        return (
          <Chip key={item.id} kind="Column" renderForm={form}>
            <Named label={item.label} text={text} hidden={!item.shown} />
          </Chip>
        )
      })}
      {onChange && <AddChip {...(query.measures.length > 0 ? { name: 'Add a grouping' } : { name: 'Add a column', text: 'column' })} renderForm={(close) => <DimensionForm item={newDimension(query)} query={query} schema={schema} onChange={closing(close, onChange)} />} />}
    </>
  )
}

function Named({ label, text, hidden }: { label: string; text: string; hidden: boolean }) {
  const plain = text.split('.').at(-1)?.toLowerCase()
  const needed = label !== '' && label.toLowerCase() !== text.toLowerCase() && label.toLowerCase() !== plain
  return (
    <>
      {needed && <span className="mr-1.5 font-medium">{label}</span>}
      <span className={needed ? 'text-muted-fg' : 'font-medium'}>{text}</span>
      {hidden && <span className="ml-1.5 text-muted-fg">(not shown)</span>}
    </>
  )
}

function Filters({ query, schema, onChange }: QueryViewProps) {
  return (
    <>
      {query.filters.map((item) => {
        const period = periodOf(item, query.filters)
        if (period) return item === query.filters.find((other) => other === period.from || other === period.before) ? <PeriodChip key={item.id} period={period} query={query} onChange={onChange} /> : null
        const form = onChange && ((close: () => void) => <FilterForm item={item} query={query} schema={schema} onChange={closing(close, onChange)} onRemove={() => closing(close, onChange)(remove(query, item.id))} />)
        return (
          <Chip key={item.id} kind="Filter" why={item.why || undefined} renderForm={form}>
            <FilterWords filter={item} query={query} />
          </Chip>
        )
      })}
      {query.filters.length === 0 && <span className="py-1 text-[13px] text-muted-fg">all rows</span>}
      {onChange && <AddChip name="Add a filter" renderForm={(close) => <FilterForm item={newFilter(query)} query={query} schema={schema} onChange={closing(close, onChange)} />} />}
    </>
  )
}

/** Both ends of a span of time, said and changed as one. */
function PeriodChip({ period, query, onChange }: { period: Period; query: PlanQuery; onChange: QueryViewProps['onChange'] }) {
  return (
    <Chip kind="Filter" why={period.from.why || undefined} renderForm={onChange && ((close) => <PeriodForm period={period} query={query} onChange={closing(close, onChange)} />)}>
      <span className="text-muted-fg">{filterSubject(period.from, query.tables)}</span> <span className="font-medium">{periodText(String(period.from.values[0]), String(period.before.values[0]))}</span>
    </Chip>
  )
}

function FilterWords({ filter, query }: { filter: Filter; query: PlanQuery }) {
  if (filter.parts.length > 0) return filterText(filter, query.tables)
  return (
    <>
      <span className="text-muted-fg">{filterSubject(filter, query.tables)}</span> <span className="font-medium">{conditionText(filter, query.tables)}</span>
    </>
  )
}

function SortAndLimit({ query, onChange }: QueryViewProps) {
  return (
    <>
      {query.order.map((item, index) => (
        <Chip key={`${item.by}-${index}`} kind="Sort" renderForm={onChange && ((close) => <OrderForm query={query} index={index} onChange={closing(close, onChange)} />)}>
          {orderText(item, query)}
        </Chip>
      ))}
      {query.order.length === 0 && onChange && <span className="py-1 text-[13px] text-muted-fg">as stored</span>}
      {onChange && <AddChip name="Add a sort" renderForm={(close) => <OrderForm query={query} index={query.order.length} onChange={closing(close, onChange)} />} />}
      {(query.limit != null || onChange) && (
        <Chip kind="Rows" renderForm={onChange && ((close) => <LimitForm query={query} onChange={closing(close, onChange)} />)}>
          {query.limit == null ? <span className="text-muted-fg">every row</span> : `first ${formatNumber(query.limit)}${query.offset ? ` after ${formatNumber(query.offset)}` : ''}`}
        </Chip>
      )}
      {query.distinct && <Chip kind="Rows">without repeated rows</Chip>}
    </>
  )
}
