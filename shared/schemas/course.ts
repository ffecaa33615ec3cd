import { Type, type Static } from '@sinclair/typebox'
import { Id, Instant, text } from './primitive.ts'

/** The code that names a course, in paths too. */
const CourseCode = Type.String({
  minLength: 1,
  maxLength: 20,
  pattern: '^[A-Za-z0-9][A-Za-z0-9._-]*$',
  description: 'Letters, digits, `.`, `_` and `-`, at most 20, beginning with a letter or digit',
  examples: ['CSE115'],
})

const Teachers = Type.Array(Id, {
  maxItems: 20,
  description:
    'Ids of users, who write its exercises and see its scores and submissions; ' +
    'administrators choose them',
})

export const Course = Type.Object(
  { code: Type.String(), name: text(200), instructor: text(200), teachers: Teachers },
  { additionalProperties: false },
)
export type Course = Static<typeof Course>

export const CourseList = Type.Object(
  { courses: Type.Array(Course) },
  { additionalProperties: false },
)
export type CourseList = Static<typeof CourseList>

// The service checks required fields, and answers 400 with its own errors.
const named = {
  name: Type.Optional(text(200)),
  instructor: Type.Optional(text(200)),
  teachers: Type.Optional(Teachers),
}

export const NewCourse = Type.Object(
  { code: Type.Optional(Type.Union([CourseCode, Type.Literal('')])), ...named },
  {
    additionalProperties: false,
    examples: [{ code: 'CSE115', name: 'Introduction to Programming', instructor: 'Ada Lovelace' }],
  },
)
export type NewCourse = Static<typeof NewCourse>

export const CourseChange = Type.Object(named, {
  additionalProperties: false,
  examples: [{ name: 'Programming I', instructor: 'Grace Hopper' }],
})
export type CourseChange = Static<typeof CourseChange>

const Language = Type.Union([
  Type.Literal('javascript'),
  Type.Literal('typescript'),
  Type.Literal('python'),
])
/** The languages of submissions. */
export type Language = Static<typeof Language>

/** One call of the submission's function. */
export const ExerciseTest = Type.Object(
  {
    name: text(100, 1),
    args: Type.Array(Type.Unknown(), { maxItems: 20, description: 'The arguments of the call' }),
    expected: Type.Unknown({
      description:
        'What it must return, as JSON: an integer exactly, however large; ' +
        'a fraction, also `3.0`, within 1e-9',
    }),
    hidden: Type.Boolean({ description: 'Never shown to members' }),
    weight: Type.Integer({ minimum: 1, maximum: 100, description: 'Its weight in the score' }),
  },
  { additionalProperties: false },
)
export type ExerciseTest = Static<typeof ExerciseTest>

export const NewTest = Type.Object(
  {
    ...ExerciseTest.properties,
    hidden: Type.Optional(ExerciseTest.properties.hidden),
    weight: Type.Optional(ExerciseTest.properties.weight),
  },
  { additionalProperties: false },
)
export type NewTest = Static<typeof NewTest>

const AttemptsMax = Type.Union([Type.Integer({ minimum: 1, maximum: 1000 }), Type.Null()], {
  description: 'How often a member may submit; null: no limit',
})
const Due = Type.Union([Instant, Type.Null()], {
  description: 'Until when a member may submit; null: no deadline',
})
const Entry = Type.String({
  pattern: '^[A-Za-z_][A-Za-z0-9_]{0,49}$',
  description: 'The function that the submission defines; letters, digits and `_`, at most 50',
})

export const Exercise = Type.Object(
  {
    id: Id,
    course_code: Type.String(),
    title: text(200),
    prompt: text(20_000),
    language: Language,
    entry: Entry,
    starter: text(20_000),
    tests: Type.Array(ExerciseTest, { description: 'For members, without hidden ones' }),
    hidden_tests: Type.Integer({ description: 'How many tests are hidden' }),
    attempts_max: AttemptsMax,
    due: Due,
    created: Instant,
  },
  { additionalProperties: false },
)
export type Exercise = Static<typeof Exercise>

export const ExerciseList = Type.Array(Exercise)

const exercise = {
  title: text(200, 1),
  prompt: text(20_000),
  language: Language,
  entry: Entry,
  starter: text(20_000),
  tests: Type.Array(NewTest, { minItems: 1, maxItems: 50 }),
  attempts_max: AttemptsMax,
  due: Due,
}

export const NewExercise = Type.Object(
  {
    ...exercise,
    entry: Type.Optional(Entry),
    starter: Type.Optional(exercise.starter),
    attempts_max: Type.Optional(AttemptsMax),
    due: Type.Optional(Due),
  },
  {
    additionalProperties: false,
    examples: [
      {
        title: 'Add',
        prompt: 'Return the sum of two numbers.',
        language: 'javascript',
        tests: [{ name: 'two and two', args: [2, 2], expected: 4 }],
      },
    ],
  },
)
export type NewExercise = Static<typeof NewExercise>

export const ExerciseChange = Type.Partial(Type.Object(exercise), {
  additionalProperties: false,
  minProperties: 1,
  examples: [{ title: 'Add two numbers', attempts_max: 10 }],
})
export type ExerciseChange = Static<typeof ExerciseChange>
