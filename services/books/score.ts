// As if ten readers had given the middle of the scale: two tens then come to 6.25, and fifty
// ratings of 8.5 on average to 8.0.
const priorVotes = 10
const priorMean = 5.5

/** What books are sorted by: the weighted (Bayesian) mean of their ratings, in thousandths. */
export function toScore(count: number, sum: number): number {
  return Math.floor((1000 * (priorVotes * priorMean + sum)) / (priorVotes + count))
}
