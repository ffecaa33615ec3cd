import { expect, it, setDefaultTimeout } from 'bun:test'
import type { CourseList, Exercise, Language } from '../../shared/schemas/course.ts'
import { describeStores } from '../../shared/testing/describe-stores.ts'
import { useCourses } from './fixture.ts'
import { fillCourses } from './sample.ts'
import { sampleExercises } from './sample-exercises.ts'

// How a good student answers each of them.
const answers: Record<string, string> = {
  'Sum of two numbers': 'const solve = (a, b) => a + b',
  FizzBuzz: `const fizzBuzz = (n) => Array.from({ length: n }, (_, i) =>
    ((i + 1) % 3 ? '' : 'Fizz') + ((i + 1) % 5 ? '' : 'Buzz') || String(i + 1))`,
  Palindromes: `def is_palindrome(text):
    letters = [c for c in text.lower() if c.isalpha()]
    return letters == list(reversed(letters))`,
  'Counting words': `def count_words(text):
    counts = {}
    for word in text.lower().split():
        counts[word] = counts.get(word, 0) + 1
    return counts`,
  'The sigmoid function': `const sigmoid = (x: number): number =>
    x >= 0 ? 1 / (1 + Math.exp(-x)) : Math.exp(x) / (1 + Math.exp(x))`,
  'A perceptron learns AND': `def train(rate, epochs):
    w = [0, 0, 0]
    for _ in range(epochs):
        for a, b in ((0, 0), (0, 1), (1, 0), (1, 1)):
            error = rate * ((a and b) - (1 if w[0] + w[1] * a + w[2] * b > 0 else 0))
            w = [w[0] + error, w[1] + error * a, w[2] + error * b]
    return w`,
  Softmax: `const softmax = (x) => {
    const e = x.map((v) => Math.exp(v - Math.max(...x)))
    return e.map((v) => v / e.reduce((a, b) => a + b))
  }`,
}

// Judging takes a core, which a machine may not have at once.
setDefaultTimeout(90_000)

describeStores('the sample exercises', (makeDatabase) => {
  const { call, addCourse, submit, system } = useCourses(makeDatabase)

  it('fill an empty system, once', async () => {
    await fillCourses(system())
    await fillCourses(system())
    const { body } = await call<CourseList>('GET', '/api/courses')
    expect(body.courses.map(({ code }) => code)).toEqual(['CSE115', 'CSE465'])
    const counts = await Promise.all(
      body.courses.map(async ({ code }) => {
        const list = await call<Exercise[]>('GET', `/api/courses/${code}/exercises`)
        return list.body.length
      }),
    )
    expect(counts).toEqual([4, 3])
  })

  it('can be solved, and are not solved to begin with', async () => {
    const path = `${await addCourse()}/exercises`
    const languages = new Set<Language>()
    for (const { course: _, ...body } of sampleExercises) {
      const { body: exercise } = await call<Exercise>('POST', path, { body })
      languages.add(exercise.language)
      const { body: solved } = await submit(`${path}/${exercise.id}`, answers[body.title] ?? '')
      expect({ title: body.title, tests: solved.tests }).toEqual({
        title: body.title,
        tests: solved.tests.map((test) => ({ ...test, status: 'pass', message: '' })),
      })
      const { body: begun } = await submit(`${path}/${exercise.id}`, exercise.starter)
      expect(begun.status).not.toBe('pass')
    }
    expect(languages.size).toBe(3)
  })
})
