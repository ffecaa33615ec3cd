import { Type, type Static } from '@sinclair/typebox'
import { Id, Instant, text } from './primitive.ts'

const Status = Type.Union([Type.Literal('pass'), Type.Literal('fail'), Type.Literal('error')])
export type Status = Static<typeof Status>

const Score = Type.Number({ description: '0 to 100: the share of the tests passed, by weight' })

/** The largest submission, in characters. */
const codeMax = 64 * 1024

export const NewSubmission = Type.Object(
  { code: text(codeMax, 1) },
  {
    additionalProperties: false,
    examples: [{ code: 'function solve(a, b) { return a + b }' }],
  },
)
export type NewSubmission = Static<typeof NewSubmission>

/** The result of a test. Of a hidden one, members see only the status. */
export const TestVerdict = Type.Object(
  {
    name: Type.String(),
    status: Status,
    message: Type.String({ description: 'Expected and actual value, or the error and its line' }),
    output: Type.String({ description: 'What the submission printed' }),
  },
  { additionalProperties: false },
)
export type TestVerdict = Static<typeof TestVerdict>

const summary = {
  id: Id,
  exercise_id: Id,
  member_id: Type.String(),
  email: Type.String(),
  attempt: Type.Integer({ description: 'Counted from 1 for each member and exercise' }),
  status: Status,
  score: Score,
  created: Instant,
}

/** A submission and its verdict. */
export const Submission = Type.Object(
  { ...summary, code: Type.String(), tests: Type.Array(TestVerdict) },
  { additionalProperties: false },
)
export type Submission = Static<typeof Submission>

export const SubmissionSummary = Type.Object(summary, { additionalProperties: false })
export type SubmissionSummary = Static<typeof SubmissionSummary>

export const SubmissionList = Type.Array(SubmissionSummary)

/** A member's best score in each exercise they tried, and the mean over the whole course. */
export const MemberScores = Type.Object(
  {
    member_id: Type.String(),
    email: Type.String(),
    total: Score,
    exercises: Type.Array(
      Type.Object(
        { exercise_id: Id, title: Type.String(), score: Score, attempts: Type.Integer() },
        { additionalProperties: false },
      ),
    ),
  },
  { additionalProperties: false },
)
export type MemberScores = Static<typeof MemberScores>

export const ScoreList = Type.Array(MemberScores)

const Grade = Type.Object({ status: Status, score: Score }, { additionalProperties: false })

/** What a regrade changed, or would change. */
export const Regrade = Type.Object(
  {
    dry_run: Type.Boolean(),
    judged: Type.Integer({ description: 'Of this page; `Link` leads to the next' }),
    changed: Type.Array(
      Type.Object(
        {
          submission_id: Id,
          member_id: Type.String(),
          email: Type.String(),
          before: Grade,
          after: Grade,
        },
        { additionalProperties: false },
      ),
    ),
  },
  { additionalProperties: false },
)
export type Regrade = Static<typeof Regrade>

export const JudgeState = Type.Object(
  {
    sandbox: Type.Union([Type.Literal('seccomp'), Type.Literal('none'), Type.Literal('unknown')], {
      description: 'Unknown until the first submission was judged',
    }),
    reason: Type.Union([Type.String(), Type.Null()], { description: 'Why it is not available' }),
    concurrency: Type.Integer(),
    running: Type.Integer(),
    waiting: Type.Integer(),
  },
  { additionalProperties: false },
)
export type JudgeState = Static<typeof JudgeState>
