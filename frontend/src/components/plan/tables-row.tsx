import { Link2, Table2 } from 'lucide-react'
import { useState } from 'react'
import type { PlanJoin, PlanQuery } from '@/api/types'
import { Segmented } from '@/components/ui/segmented'
import { Chip, ChipForm } from './chip'
import { joinConditionText, joinKindText, joinText, tableText } from './describe'

/** The tables that are read, and the keys that tie them together. */
export function TablesRow({ query, onChange }: { query: PlanQuery; onChange?: ((query: PlanQuery) => void) | undefined }) {
  return (
    <>
      {query.tables.map((table) => (
        <Chip key={table.alias} kind="Table">
          <Table2 className="mr-1 inline size-3.5 align-[-2px] text-muted-fg" aria-hidden />
          {tableText(table)}
        </Chip>
      ))}
      {query.joins.map((join, index) => (
        <Chip
          key={joinText(join)}
          kind="Join"
          renderForm={
            onChange && isPlain(join)
              ? (close) => (
                  <JoinForm
                    join={join}
                    onChange={(next) => {
                      close()
                      onChange({ ...query, joins: query.joins.map((other, at) => (at === index ? next : other)) })
                    }}
                  />
                )
              : undefined
          }
        >
          <Link2 className="mr-1 inline size-3.5 align-[-2px] text-muted-fg" aria-hidden />
          <span className="font-mono text-xs">{joinText(join)}</span>
          {join.kind !== 'inner' && <span className="ml-1.5 text-muted-fg">{joinKindText(join)}</span>}
        </Chip>
      ))}
      {query.conditions?.map((condition) => (
        <Chip key={condition.table} kind="Join">
          {joinConditionText(condition, query.tables)}
        </Chip>
      ))}
    </>
  )
}

/** Whether the form can say the join; the other kinds are read, or changed in words. */
function isPlain(join: PlanJoin): boolean {
  return join.kind === 'inner' || join.kind === 'left'
}

function JoinForm({ join, onChange }: { join: PlanJoin; onChange(join: PlanJoin): void }) {
  const [kind, setKind] = useState(join.kind)
  return (
    <ChipForm title="Join" onApply={() => onChange({ ...join, kind })}>
      <p className="break-words font-mono text-xs">{joinText(join)}</p>
      <Segmented
        label={`Rows of ${join.left.table} without a partner in ${join.right.table}`}
        value={kind}
        onChange={setKind}
        options={[
          { value: 'inner', label: 'Leave out' },
          { value: 'left', label: 'Keep' },
        ]}
      />
      <p className="text-xs text-muted-fg">
        Rows of {join.left.table} that have no partner in {join.right.table}.
      </p>
    </ChipForm>
  )
}
