import { Elysia } from 'elysia'
import * as course from '../../shared/schemas/course.ts'
import { Problem } from '../../shared/schemas/problem.ts'
import * as submission from '../../shared/schemas/submission.ts'

/** The wire models under the names by which routes and the OpenAPI document refer to them. */
export const models = new Elysia({ name: 'courses models' }).model({
  Course: course.Course,
  CourseChange: course.CourseChange,
  CourseList: course.CourseList,
  Exercise: course.Exercise,
  ExerciseChange: course.ExerciseChange,
  ExerciseTest: course.ExerciseTest,
  ExerciseList: course.ExerciseList,
  MemberScores: submission.MemberScores,
  NewTest: course.NewTest,
  SubmissionSummary: submission.SubmissionSummary,
  TestVerdict: submission.TestVerdict,
  JudgeState: submission.JudgeState,
  NewCourse: course.NewCourse,
  NewExercise: course.NewExercise,
  NewSubmission: submission.NewSubmission,
  Problem,
  Regrade: submission.Regrade,
  ScoreList: submission.ScoreList,
  Submission: submission.Submission,
  SubmissionList: submission.SubmissionList,
})
