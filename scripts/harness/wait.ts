// Longer than anything here takes on a busy machine.
const patience_ms = 120_000

/** @throws Error that names the condition that was not met within two minutes */
export async function waitUntil(
  what: string,
  isTrue: () => boolean | Promise<boolean>,
): Promise<void> {
  const giveUp = Date.now() + patience_ms
  while (!(await isTrue())) {
    if (Date.now() > giveUp)
      throw new Error(`Gave up after ${patience_ms} ms waiting until ${what}`)
    await Bun.sleep(10)
  }
}
