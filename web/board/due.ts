/** What is to be read again. */
export interface Due {
  /** Rows, by their resources. */
  ids: string[]
  isAll: boolean
  hasResources: boolean
}

// Events come in bursts; what they are about is read again once for all of them.
const settle_ms = 120

/** Gathers what is to be read again, and begins no reading while another one is under way. */
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
    /** No row: only what is read each time. */
    none: plan,
  }
}
