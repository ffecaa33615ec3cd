/** What must be read again. */
export interface Due {
  /** Rows, by resource. */
  ids: string[]
  isAll: boolean
  hasResources: boolean
}

// Events come in bursts, which are read together.
const settle_ms = 120

/** Collects what to read again, and never reads twice at once. */
export function createDue(read: (due: Due) => Promise<void>) {
  const ids = new Set<string>()
  let [isAll, hasResources, isDue, isReading] = [false, false, false, false]

  const plan = () => {
    if (isDue || isReading) return void (isDue = true)
    isDue = true
    setTimeout(start, settle_ms)
  }

  const start = () => {
    const due = { ids: [...ids], isAll, hasResources }
    ids.clear()
    isAll = hasResources = isDue = false
    isReading = true
    void read(due).finally(() => {
      isReading = false
      if (!isDue) return
      isDue = false
      plan()
    })
  }

  return {
    row: (id: string) => {
      ids.add(id)
      plan()
    },
    resources: () => {
      hasResources = true
      plan()
    },
    all: () => {
      isAll = hasResources = true
      plan()
    },
    /** No rows: only what every read includes. */
    none: plan,
  }
}
