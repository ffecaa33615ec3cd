import { withSubject, type Environment, type Subject } from '../harness/subject.ts'
import { startPeer, type Peer } from './peer.ts'

/** The folder and processes of one row, all removed after it is measured. */
export interface Bench extends Subject {
  /** A script of this folder, as an HTTP server process. */
  startScript: (
    name: 'without-database' | 'without-access' | 'echo' | 'plain-files' | 'collector',
    environment?: Environment,
  ) => Promise<Peer>
}

/** Measures with its own bench. */
export async function withBench<T>(measure: (bench: Bench) => Promise<T>): Promise<T> {
  return withSubject((subject) =>
    measure({
      ...subject,
      startScript: async (name, more) => {
        const command = [process.execPath, `${import.meta.dir}/${name}.ts`]
        const peer = await startPeer({ command, environment: subject.environmentFor(more) })
        subject.keep(peer.stop)
        return peer
      },
    }),
  )
}
