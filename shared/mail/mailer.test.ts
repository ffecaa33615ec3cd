import { expect, it, onTestFinished } from 'bun:test'
import { createServer, type AddressInfo } from 'node:net'
import { createMailer } from './mailer.ts'

it('an endlessly talking server is given up within half a minute', async () => {
  let connections = 0
  const server = createServer((socket) => {
    let timer: ReturnType<typeof setInterval> | undefined
    connections++
    socket.write('220 mail.test.example\r\n')
    socket.once('data', () => {
      timer = setInterval(() => socket.write('250-One moment\r\n'), 500)
    })
    socket.on('error', () => {})
    socket.on('close', () => {
      clearInterval(timer)
      connections--
    })
  })
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve))
  onTestFinished(() => void server.close())
  const { port } = server.address() as AddressInfo
  const smtp = { url: `smtp://127.0.0.1:${port}`, from: 'campus@test.example' }
  const mailer = createMailer({
    config: { smtp, production: true },
    log: { info: () => {} },
  })
  const mail = {
    id: Bun.randomUUIDv7(),
    to: 'anna@test.example',
    subject: 'A',
    text: 'A',
    html: '',
  }
  const began = Date.now()
  expect(mailer?.send(mail)).rejects.toMatchObject({ isAway: true, isPermanent: false })
  while (connections === 0) await Bun.sleep(10)
  while (connections > 0 && Date.now() - began < 40_000) await Bun.sleep(50)
  expect(Date.now() - began).toBeLessThan(32_000)
}, 60_000)
