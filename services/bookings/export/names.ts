import { isAdministrator, type Caller } from '../../../shared/access.ts'
import type { Context } from '../../../shared/context.ts'
import { createPeople } from '../calendars/people.ts'
import { createSubjects, type ReportReader } from '../usage/subjects.ts'
import type { Line } from './line.ts'

interface Person {
  name: string
  /** Empty for those who may not see it. */
  email: string
}

/** What the ids of lines stand for, each looked up once for one reader. */
export function createNames(context: Pick<Context, 'client' | 'log'>) {
  const subjects = createSubjects(context)
  const people = createPeople(context)

  return function ofReader(caller: Caller, reader: ReportReader) {
    const resources = new Map<string, { name: string; type: string } | undefined>()
    const persons = new Map<string, Person | undefined>()

    /** @throws 503 while users or inventory is unavailable */
    async function learn(lines: Line[]): Promise<void> {
      const newOnes = (known: Map<string, unknown>, ids: string[]) =>
        [...new Set(ids)].filter((id) => !known.has(id))
      const things = newOnes(
        resources,
        lines.map((line) => line.resource_id),
      )
      const ids = newOnes(
        persons,
        lines.map(({ person }) => person),
      )
      const [found, names, emails] = await Promise.all([
        subjects.findResources(things, reader),
        people.findNames(ids),
        // Nobody else may see accounts; users decides.
        isAdministrator(caller) ? subjects.findEmails(ids, reader) : new Map<string, string>(),
      ])
      for (const id of things) resources.set(id, undefined)
      for (const { id, name, resource_type: type } of found) resources.set(id, { name, type })
      for (const id of ids) {
        const name = names.get(id)
        const own = id === caller.id ? caller.email : ''
        persons.set(id, name === undefined ? undefined : { name, email: emails.get(id) ?? own })
      }
    }

    return {
      learn,
      /** Undefined: it is hidden from the reader. */
      resourceOf: (id: string) => resources.get(id),
      /** Undefined: the account was removed. */
      personOf: (id: string) => persons.get(id),
    }
  }
}
