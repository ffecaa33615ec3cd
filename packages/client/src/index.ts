import type { ProblemCode, Problems } from './operation.ts'
import { ProblemError as AnyProblemError } from './problem.ts'

/** A refusal of the server, or, with the code `unreachable`, that there was no response. */
export type ProblemError = AnyProblemError<Problems, ProblemCode>
export const ProblemError: new (
  ...given: ConstructorParameters<typeof AnyProblemError>
) => ProblemError = AnyProblemError
export {
  createClient,
  type Client,
  type ClientOptions,
  type Credentials,
  type Tokens,
} from './client.ts'
export type {
  Answer,
  CampusEvent,
  Data,
  Item,
  Problem,
  ProblemCode,
  Problems,
  StreamPath,
} from './operation.ts'
export type { components, paths } from './schema.ts'
export type { KeptTokens, TokenKeeper } from './session.ts'
export type { UploadOptions } from './upload.ts'
