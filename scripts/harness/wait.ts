// Longer than anything here takes on a machine that is busy with something else.
const patience_ms = 120_000

/** @throws Error that names what did not come true within two minutes */
export async function waitUntil(
  what: string,
  isTrue: () => boolean | Promise<boolean>,
): Promise<void> {
  const giveUp = Date.now() + patience_ms
  while (!(await isTrue())) {
    if (Date.now() > giveUp) throw new Error(`Waited ${patience_ms} ms in vain until ${what}`)
    await Bun.sleep(10)
  }
}
