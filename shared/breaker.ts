import { circuitBreaker, ConsecutiveBreaker, handleAll, handleWhen } from 'cockatiel'

// Opens after this many faults in a row.
const faultsMax = 5
// How often it then lets one request try; the others fail at once.
const halfOpenAfter_ms = 1000

/**
 * A circuit breaker: while a service is down, calls fail at once instead of waiting for it.
 * @param isFault which errors count; by default all of them
 */
export function createBreaker(isFault?: (error: unknown) => boolean) {
  return circuitBreaker(isFault ? handleWhen(isFault) : handleAll, {
    halfOpenAfter: halfOpenAfter_ms,
    breaker: new ConsecutiveBreaker(faultsMax),
  })
}
