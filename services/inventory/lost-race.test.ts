import { describe, expect, it } from 'bun:test'
import type { Allocation } from '../../shared/schemas/allocation.ts'
import type { Problem } from '../../shared/schemas/problem.ts'
import { changeByHand } from '../../shared/testing/by-hand.ts'
import { makePostgres } from '../../shared/testing/describe-stores.ts'
import { at, useInventory } from './fixture.ts'

// Only there can a trigger raise the error of a lost race: on SQLite a schema
// with one more takes no writes.
describe('a change that loses a race', () => {
  const { call, add, book, system } = useInventory(makePostgres)
  const span = { from_datetime: at('09'), to_datetime: at('10') }

  /** The next writes fail, as if something were in their way that is gone when one looks for it. */
  async function lose(event: 'INSERT' | 'UPDATE', times: number, how: string): Promise<void> {
    await changeByHand(
      system().databaseUrl,
      `DROP SEQUENCE IF EXISTS losses CASCADE;
       CREATE SEQUENCE losses;
       CREATE OR REPLACE FUNCTION lose() RETURNS trigger LANGUAGE plpgsql AS $$
       BEGIN
         IF nextval('losses') > ${times} THEN RETURN NEW; END IF;
         ${how};
       END $$;
       CREATE OR REPLACE TRIGGER lose BEFORE ${event} ON allocations
       FOR EACH ROW EXECUTE FUNCTION lose()`,
    )
  }
  const raise = (code: string) => `RAISE EXCEPTION 'lost' USING ERRCODE = '${code}'`

  it('books if the conflict has gone', async () => {
    const car = await add()
    await lose('INSERT', 4, 'RETURN NULL')
    expect((await book(car, at('09'), at('10'))).status).toBe(201)
  })

  it('gives up a booking that loses five times, and allows a retry', async () => {
    const car = await add()
    await lose('INSERT', 5, 'RETURN NULL')
    const refused = await book(car, at('09'), at('10'))
    expect(refused).toMatchObject({ status: 503, body: { code: 'change_busy' } })
    expect((await book(car, at('09'), at('10'))).status).toBe(201)
  })

  it.each([
    ['what was in the way has gone', '23P01'],
    ['it was ended for the sake of another', '40P01'],
    ['half of the span was changed by another', '23514'],
  ])('moves all the same when %s', async (_, code) => {
    const car = await add()
    const { body } = await book(car, at('12'), at('13'))
    await lose('UPDATE', 2, raise(code))
    const moved = await call<Allocation>('PATCH', `${car}/allocations/${body.id}`, { body: span })
    expect(moved).toMatchObject({ status: 200, body: span })
  })

  it('gives up a move that keeps losing, without effect', async () => {
    const car = await add()
    const { body } = await book(car, at('12'), at('13'))
    const path = `${car}/allocations/${body.id}`
    await lose('UPDATE', 1000, raise('23P01'))
    const refused = await call<Problem>('PATCH', path, { body: span })
    expect(refused).toMatchObject({ status: 503, body: { code: 'change_busy' } })
    expect((await call('GET', path)).body).toEqual(body)
  })

  it('does not mistake a fault for a race', async () => {
    const car = await add()
    const { body } = await book(car, at('12'), at('13'))
    const path = `${car}/allocations/${body.id}`
    await lose('UPDATE', 1, raise('XX000'))
    expect((await call('PATCH', path, { body: span })).status).toBe(500)
    expect((await call('GET', path)).body).toEqual(body)
  })
})
