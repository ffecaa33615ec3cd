import { useSignal } from '@preact/signals'
import type { ResourceType } from '../../shared/schemas/resource-type.ts'
import type { Resource } from '../../shared/schemas/resource.ts'
import type { NewWithdrawal } from '../../shared/schemas/withdrawal.ts'
import { ProblemError } from '../../packages/client/src/problem.ts'
import { pageOf, readResource, typeOf } from '../bookings/inventory.ts'
import { fitToGrid } from '../bookings/span.ts'
import { describeError, InputError } from '../error-text.ts'
import { isChanged } from '../if-shown.ts'
import { plural, t, withTexts } from '../i18n.ts'
import { useQuery } from '../query.ts'
import { navigate, readQuery, setQuery } from '../router.ts'
import { isAdmin } from '../session/session.ts'
import { day_ms, minute_ms } from '../../shared/duration.ts'
import { fromInputTime, toInputTime } from '../time.ts'
import { Field, Form, Segments, useForm } from '../ui/form.tsx'
import { Loaded, Missing } from '../ui/state.tsx'
import { TimeField } from '../ui/time-field.tsx'
import { notify } from '../ui/toast.tsx'
import { Picture } from './picture.tsx'
import { bookingTexts } from '../bookings/texts.ts'
import { withdrawalTexts } from './texts.ts'
import {
  carryOut,
  isRefusal,
  isTooMany,
  planRetirement,
  planWithdrawal,
  retire,
  type Plan,
} from './withdrawal.ts'

/** Takes a resource out of service: first the plan for its bookings, then exactly that. */
function WithdrawalPage({ id }: { id: string }) {
  const found = useQuery(id, async () => {
    const resource = await readResource(id)
    return { resource, type: await typeOf(resource) }
  })
  if (!isAdmin.value) return <Missing />
  return (
    <Loaded query={found}>
      {({ resource, type }) => (
        <>
          <header class="page-head">
            <div>
              <a href={pageOf(type, resource)}>{resource.name}</a>
              <h1>{t('withdrawal.title', { name: resource.name })}</h1>
            </div>
          </header>
          <Withdrawal resource={resource} type={type} />
        </>
      )}
    </Loaded>
  )
}

interface WithdrawalProps {
  resource: Resource
  type: ResourceType
}

const kinds = ['time', 'good'] as const

function Withdrawal({ resource, type }: WithdrawalProps) {
  const kind = readQuery('for') === 'good' ? 'good' : 'time'
  return (
    <>
      <Segments
        label={t('withdrawal.for')}
        value={kind}
        change={(value) => setQuery({ for: value }, { replace: true })}
        options={kinds.map((value) => ({ value, label: t(`withdrawal.for_${value}`) }))}
      />
      <p>{t(`withdrawal.for_${kind}_text`)}</p>
      {kind === 'good' ? <ForGood {...{ resource, type }} /> : <ForTime {...{ resource, type }} />}
    </>
  )
}

// Resources with slots are blocked from the start of one.
const startFor = (type: ResourceType, length_ms: number) => {
  const now = Math.floor(Date.now() / minute_ms) * minute_ms
  return fitToGrid({ from: new Date(now), to: new Date(now + length_ms) }, type)
}

function ForGood({ resource, type }: WithdrawalProps) {
  const from = useSignal(startFor(type, day_ms).from.toISOString())
  return (
    <Planned
      resource={resource}
      body={{ from_datetime: from.value }}
      isForGood
      carryOut={(plan) => retire(resource, plan)}
      finish={() => {
        notify(t('resources.decommissioned', { name: resource.name }))
        navigate('/bookings/resources')
      }}
    />
  )
}

function ForTime({ resource, type }: WithdrawalProps) {
  const start = startFor(type, day_ms)
  const fields = useSignal({
    from: toInputTime(start.from),
    to: toInputTime(start.to),
    description: '',
  })
  const asked = useSignal<NewWithdrawal | undefined>(undefined)
  const set = (changes: Partial<typeof fields.value>) => {
    fields.value = { ...fields.value, ...changes }
    asked.value = undefined
  }
  const { from, to, description } = fields.value
  const form = useForm(async () => {
    const [begin, end] = [fromInputTime(from), fromInputTime(to)]
    if (!begin || !end || begin >= end) throw new InputError(t('error.empty_span'))
    const span = { from_datetime: begin.toISOString(), to_datetime: end.toISOString() }
    asked.value = { ...span, ...(description && { description }) }
  })
  return (
    <>
      <section class="card">
        <Form form={form} label={t('withdrawal.show')} plain={asked.value !== undefined}>
          <div class="pair">
            <TimeField
              label={t('withdrawal.from')}
              value={from}
              change={(value) => set({ from: value })}
              required
            />
            <TimeField
              label={t('withdrawal.to')}
              value={to}
              change={(value) => set({ to: value })}
              required
            />
          </div>
          <Field
            label={t('withdrawal.why')}
            value={description}
            change={(value) => set({ description: value })}
            hint={t('withdrawal.why_hint')}
            maxLength={100}
          />
        </Form>
      </section>
      {asked.value && (
        <Planned
          key={JSON.stringify(asked.value)}
          resource={resource}
          body={asked.value}
          isForGood={false}
          carryOut={(plan) => carryOut(resource, plan)}
          finish={(stay) => {
            const { name } = resource
            notify(
              stay > 0
                ? plural('withdrawal.done_except', stay, { name })
                : t('withdrawal.done', { name }),
            )
            // Otherwise the plan shows them, each with what can be done about it.
            if (stay === 0) navigate(pageOf(type, resource))
          }}
        />
      )}
    </>
  )
}

/** Nothing was done; unknown how much was; times became free that are not blocked yet. */
type Notice = 'changed' | 'partly' | 'freed'

interface PlannedProps {
  resource: Resource
  body: NewWithdrawal
  isForGood: boolean
  carryOut: (plan: Plan) => Promise<void>
  /** Called with the number of bookings that keep their time. */
  finish: (stay: number) => void
}

function Planned({ resource, body, isForGood, carryOut: run, finish }: PlannedProps) {
  const found = useQuery(JSON.stringify(body), () =>
    (isForGood ? planRetirement : planWithdrawal)(resource, body).catch((error: unknown) => {
      // It is decommissioned, perhaps by an attempt whose answer was lost.
      if (isForGood && error instanceof ProblemError && error.status === 404) finish(0)
      throw toInputError(error)
    }),
  )
  /** It is blocked around bookings that kept their time. */
  const isBlocked = useSignal(false)
  const notice = useSignal<Notice | undefined>(undefined)
  /** Once nobody knows how far an attempt came, only that is said. */
  const say = (what: Notice | undefined) => {
    if (notice.value !== 'partly') notice.value = what
  }
  const form = useForm(async () => {
    const plan = found.data.value
    if (!plan || found.loading.value) return
    say(undefined)
    try {
      await run(plan)
    } catch (error) {
      if (!isRefusal(error)) say('partly')
      await found.reload()
      if (!isChanged(error)) throw error
      say('changed')
      return
    }
    const stay = isForGood ? 0 : plan.bookings.filter(({ fate }) => fate !== 'moves').length
    isBlocked.value = stay > 0
    if (stay > 0) await found.reload()
    finish(stay)
  })
  const isShown = !found.loading.value && found.error.value === undefined
  const reload = async () => {
    await found.reload()
    if (isBlocked.value) notice.value ??= 'freed'
  }
  return (
    <section class="stack">
      <h2>{t('withdrawal.plan')}</h2>
      {notice.value && isShown && (
        <p class="notice warn" role="alert">
          {t(`withdrawal.${notice.value}`)}
        </p>
      )}
      <Loaded query={found}>
        {(plan) => (
          <>
            <Counts plan={plan} isForGood={isForGood} />
            {plan.bookings.length > 0 && (
              <Picture {...{ plan, resource, isForGood }} reload={reload} />
            )}
            <Form form={form} label={t(`withdrawal.do_${isForGood ? 'good' : 'time'}`)} />
          </>
        )}
      </Loaded>
    </section>
  )
}

// What is wrong with the time is no missing page.
function toInputError(error: unknown): unknown {
  if (isTooMany(error)) return new InputError(t('withdrawal.too_many'))
  const isInvalid = error instanceof ProblemError && error.status === 422
  return isInvalid ? new InputError(describeError(error)) : error
}

function Counts({ plan: { bookings, tag }, isForGood }: { plan: Plan; isForGood: boolean }) {
  if (tag === undefined) return <p class="notice failure">{t('withdrawal.too_many_for_good')}</p>
  if (bookings.length === 0) return <p role="status">{t('withdrawal.nobody')}</p>
  const moving = bookings.filter(({ fate }) => fate === 'moves').length
  const left = bookings.length - moving
  return (
    <p class="cluster" role="status">
      {moving > 0 && <span class="badge good">{plural('withdrawal.moves', moving)}</span>}
      {left > 0 && (
        <span class={`badge ${isForGood ? 'bad' : 'warn'}`}>
          {plural(isForGood ? 'withdrawal.cancelled' : 'withdrawal.stays', left)}
        </span>
      )}
    </p>
  )
}

export const load = () => withTexts(WithdrawalPage, withdrawalTexts, bookingTexts)
