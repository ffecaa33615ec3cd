import type { Signal } from '@preact/signals'
import type { ResourceType } from '../../shared/schemas/resource-type.ts'
import { findFree, listTypesInUse, type TimeSpan } from '../bookings/inventory.ts'
import { fitToGrid } from '../bookings/span.ts'
import { nameType } from '../bookings/type-name.ts'
import { t } from '../i18n.ts'
import { useQuery } from '../query.ts'
import { readQuery, setQuery } from '../router.ts'
import { Field } from '../ui/form.tsx'
import { Icon } from '../ui/icon.tsx'
import { Empty, Loaded } from '../ui/state.tsx'
import { Chips } from './chips.tsx'
import { Earliest } from './earliest.tsx'
import { Filters, meets, toWhere, type Wishes } from './filters.tsx'
import { FreeOnes } from './free-ones.tsx'
import { Heading } from './heading.tsx'
import { RefusalNotice } from './refusal-notice.tsx'
import { describeWhen } from './span-words.ts'
import { useBooking } from './use-booking.ts'
import { readUsual } from './usual.ts'

/** Entries, kept while switching types and steps. */
export interface Draft {
  title: Signal<string>
  /** By type name. */
  wishes: Signal<Record<string, Wishes>>
}

/** What is free at that time: a tap books it. */
export function WhatStep({ wanted, draft }: { wanted: TimeSpan; draft: Draft }) {
  const types = useQuery('types in use', listTypesInUse)
  const back = () => setQuery({ step: undefined })
  return (
    <>
      <button type="button" class="back quiet" onClick={back}>
        <Icon name="previous" />
        {describeWhen(wanted)}
      </button>
      <Heading text={t('book.what')} />
      <Loaded query={types}>
        {(all) => {
          const isNamed = (name: string) => all.find((type) => type.name === name)
          const type = isNamed(readQuery('type')) ?? isNamed(readUsual().type) ?? all[0]
          if (!type) return <Empty icon="bookings" title={t('board.empty')} />
          return (
            <>
              <Chips
                label={t('board.type')}
                options={all.map((one) => ({
                  label: nameType(one),
                  isChosen: one === type,
                  choose: () => setQuery({ type: one.name }, { replace: true }),
                }))}
              />
              <OfType key={type.id} {...{ type, wanted, draft }} span={fitToGrid(wanted, type)} />
            </>
          )
        }}
      </Loaded>
    </>
  )
}

interface OfTypeProps {
  type: ResourceType
  span: TimeSpan
  wanted: TimeSpan
  draft: Draft
}

function OfType({ type, span, wanted, draft: { title, wishes: all } }: OfTypeProps) {
  const key = `${type.name} ${span.from.getTime()} ${span.to.getTime()}`
  const free = useQuery(key, () => findFree(type, span))
  const wishes = all.value[type.name] ?? {}
  const wish = (changed: Wishes) => (all.value = { ...all.value, [type.name]: changed })
  const where = toWhere(wishes, type)
  const anyOne = { type: type.name, ...(where && { where }) }
  const { book, take, takePeer, refusal, isBusy, outlook } = useBooking({
    type,
    span,
    anyOne,
    title,
  })
  const isFitted = describeWhen(span) !== describeWhen(wanted)
  return (
    <div class="stack" aria-busy={isBusy}>
      {isFitted && <p class="notice">{t('book.whole_slots', { when: describeWhen(span) })}</p>}
      {outlook === 'requested' && <p class="notice warn">{t('book.needs_approval')}</p>}
      {refusal && <RefusalNotice {...{ refusal, take, takePeer }} />}
      <Field
        label={t('booking.description')}
        value={title.value}
        change={(text) => (title.value = text)}
        maxLength={100}
      />
      <Filters type={type} wishes={wishes} change={wish} />
      <Loaded query={free}>
        {(found) => {
          const resources = found.filter((resource) => meets(resource, wishes, type))
          if (resources.length === 0) {
            if (refusal) return null
            return <Earliest {...{ type, where, span, take }} title={title.value} />
          }
          return (
            <FreeOnes
              {...{ resources, type, span }}
              bookAny={() => book(anyOne)}
              book={({ id }) => book({ resource_id: id })}
            />
          )
        }}
      </Loaded>
    </div>
  )
}
