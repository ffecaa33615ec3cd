import type { NewExercise } from '../../shared/schemas/course.ts'

/** Real exercises, each with an example to see and a case that is easily forgotten, hidden. */
export const sampleExercises: (NewExercise & { course: string })[] = [
  {
    course: 'CSE115',
    title: 'Sum of two numbers',
    prompt:
      'Write a function `solve(a, b)` that **returns** the sum of two numbers.\n\n' +
      'What you print with `console.log` is shown beside each test; it does not count.',
    language: 'javascript',
    starter: 'function solve(a, b) {\n  // your code\n}\n',
    tests: [
      { name: '1 + 2', args: [1, 2], expected: 3 },
      { name: '0.1 + 0.2', args: [0.1, 0.2], expected: 0.3 },
      { name: 'negative', args: [-5, 3], expected: -2, hidden: true },
    ],
  },
  {
    course: 'CSE115',
    title: 'FizzBuzz',
    prompt:
      'Return an array of the numbers from 1 to `n` as text, with `Fizz` for multiples of 3, ' +
      '`Buzz` for multiples of 5 and `FizzBuzz` for multiples of both.',
    language: 'javascript',
    entry: 'fizzBuzz',
    starter: 'function fizzBuzz(n) {\n  const words = []\n  return words\n}\n',
    tests: [
      { name: 'up to 5', args: [5], expected: ['1', '2', 'Fizz', '4', 'Buzz'] },
      {
        name: 'up to 15',
        args: [15],
        expected: '1 2 Fizz 4 Buzz Fizz 7 8 Fizz Buzz 11 Fizz 13 14 FizzBuzz'.split(' '),
      },
      { name: 'nothing', args: [0], expected: [], hidden: true, weight: 2 },
    ],
  },
  {
    course: 'CSE115',
    title: 'Palindromes',
    prompt:
      'Return whether a text reads the same from both ends. Spaces, punctuation and the case of ' +
      'letters do not count.\n\n> A man, a plan, a canal: Panama',
    language: 'python',
    entry: 'is_palindrome',
    starter: 'def is_palindrome(text):\n    return False\n',
    tests: [
      { name: 'a word', args: ['level'], expected: true },
      { name: 'a sentence', args: ['A man, a plan, a canal: Panama'], expected: true },
      { name: 'not one', args: ['Campus'], expected: false },
      { name: 'empty', args: [''], expected: true, hidden: true },
      { name: 'only almost', args: ['abca'], expected: false, hidden: true },
    ],
  },
  {
    course: 'CSE115',
    title: 'Counting words',
    prompt:
      'Return a dictionary that says how often each word occurs in a text. Words are separated ' +
      'by white space and counted in lower case.',
    language: 'python',
    entry: 'count_words',
    starter: 'def count_words(text):\n    counts = {}\n    return counts\n',
    tests: [
      { name: 'once each', args: ['to be'], expected: { to: 1, be: 1 } },
      {
        name: 'more than once',
        args: ['to be or not to be'],
        expected: { to: 2, be: 2, or: 1, not: 1 },
      },
      { name: 'case', args: ['No no NO'], expected: { no: 3 }, hidden: true },
      { name: 'nothing', args: ['   '], expected: {}, hidden: true },
    ],
  },
  {
    course: 'CSE465',
    title: 'The sigmoid function',
    prompt: 'Return $\\sigma(x) = 1 / (1 + e^{-x})$. It must not fail for a large negative `x`.',
    language: 'typescript',
    entry: 'sigmoid',
    starter: 'function sigmoid(x: number): number {\n  return 0\n}\n',
    tests: [
      { name: 'zero', args: [0], expected: 0.5 },
      { name: 'two', args: [2], expected: 0.8807970779778823 },
      { name: 'far left', args: [-1000], expected: 0, hidden: true },
    ],
  },
  {
    course: 'CSE465',
    title: 'A perceptron learns AND',
    prompt:
      'Train a perceptron with two inputs on the truth table of AND and return its weights as ' +
      '`[bias, w1, w2]`.\n\n' +
      'Begin with zeros. In each of `epochs` rounds take `(0,0)`, `(0,1)`, `(1,0)`, `(1,1)` in ' +
      'this order; the output is 1 when `bias + w1*x1 + w2*x2 > 0`, else 0; add ' +
      '`rate * (wanted - output)` to the bias, and the same times the input to each weight.',
    language: 'python',
    entry: 'train',
    starter: 'def train(rate, epochs):\n    weights = [0, 0, 0]\n    return weights\n',
    tests: [
      { name: 'no epoch', args: [1, 0], expected: [0, 0, 0] },
      { name: 'one epoch', args: [1, 1], expected: [1, 1, 1] },
      { name: 'ten epochs', args: [1, 10], expected: [-2, 2, 1], weight: 2 },
      { name: 'a small rate', args: [0.1, 10], expected: [-0.2, 0.2, 0.1], hidden: true },
    ],
  },
  {
    course: 'CSE465',
    title: 'Softmax',
    prompt:
      'Return the softmax of an array of numbers: each $e^{x_i}$ divided by the sum of all. ' +
      'Subtract the largest number first, or large ones overflow.',
    language: 'javascript',
    entry: 'softmax',
    starter: 'function softmax(scores) {\n  return scores\n}\n',
    tests: [
      { name: 'equal', args: [[1, 1]], expected: [0.5, 0.5] },
      {
        name: 'three',
        args: [[1, 2, 3]],
        expected: [0.09003057317038046, 0.24472847105479767, 0.6652409557748219],
      },
      { name: 'large', args: [[1000, 1000]], expected: [0.5, 0.5], hidden: true, weight: 2 },
    ],
  },
]
