import { afterAll, beforeAll, expect, it, setDefaultTimeout } from 'bun:test'
import { join } from 'node:path'
import { installCheckout, type Checkout } from './harness/checkout.ts'
import { findFreeNetwork } from './harness/free-network.ts'

setDefaultTimeout(120_000)

const enter = findFreeNetwork()
let checkout: Checkout
beforeAll(async () => void (checkout = await installCheckout(join(import.meta.dir, '..'))))
afterAll(() => checkout.remove())

/** Runs commands in terminals, and returns their output. */
async function type(lines: string): Promise<string> {
  const child = Bun.spawn([...enter, 'bash', '-c', terminal + lines], {
    cwd: checkout.folder,
    stdio: ['ignore', 'pipe', 'pipe'],
  })
  const [output, errors] = await Promise.all([child.stdout.text(), child.stderr.text()])
  expect([await child.exited, errors, output.slice(-3000)]).toEqual([0, '', expect.any(String)])
  return output
}

it.skipIf(enter.length === 0)('reloads services and the console at a change', async () => {
  const output = await type(`
    open_terminal .
    until_seen access_token "$api/api/login" -H "$json" -d "$login"
    until_seen '<title>Campus' "$api/"
    sed -i 's/Accounts, logins and tokens/Accounts as they are now/' services/index.ts
    sed -i 's/<title>Campus/<title>Another/' web/index.html
    until_seen 'Accounts as they are now' "$api/swagger/json"
    until_seen '<title>Another' "$api/"
    close_terminals
  `)
  expect(output).toContain('nothing is left')
})

it.skipIf(enter.length === 0)('makes one system of any two services, with a log-in', async () => {
  const output = await type(`
    open_terminal services/books
    open_terminal services/ratings
    until_seen access_token http://127.0.0.1:3001/api/login -H "$json" -d "$login"
    token=$(curl -s http://127.0.0.1:3001/api/login -H "$json" -d "$login" |
      grep -o '"access_token":"[^"]*' | cut -c17-)
    me="authorization: Bearer $token"
    until_seen '"value":9' http://127.0.0.1:3003/api/ratings/1 -H "$me" -H "$json" -d '{"value":9}'
    until_seen '"average":' http://127.0.0.1:3004/api/books/1 -H "$me"
    # Whichever brought users, the other one goes on with it.
    kill -INT -- -\${terminals%% *}
    while kill -0 -- -\${terminals%% *} 2>/dev/null; do sleep 0.1; done
    until_seen access_token http://127.0.0.1:3001/api/login -H "$json" -d "$login"
    close_terminals
  `)
  expect(output).toContain('nothing is left')
})

it.skipIf(enter.length === 0)('runs a few services in one process, on the given port', async () => {
  const output = await type(`
    PORT=4010 open_terminal . books ratings
    until_seen access_token http://127.0.0.1:3001/api/login -H "$json" -d "$login"
    token=$(curl -s http://127.0.0.1:3001/api/login -H "$json" -d "$login" |
      grep -o '"access_token":"[^"]*' | cut -c17-)
    me="authorization: Bearer $token"
    few=http://127.0.0.1:4010/api
    # Data is kept, and book 1 was rated in the test above.
    until_seen '"value":9' $few/ratings/2 -H "$me" -H "$json" -d '{"value":9}'
    until_seen '"average":' $few/books/2 -H "$me"
    curl -s -o /dev/null -w 'cars %{http_code}' $few/cars -H "$me"
    close_terminals
    bun dev books rating 2>&1 || echo "exit $?"
  `)
  expect(output).toContain('cars 404')
  expect(output).toContain('nothing is left')
  expect(output).toContain('There is no service rating. Choose from ')
  expect(output).toContain('exit 2')
})

// A terminal has its own process group, which Ctrl-C ends.
const terminal = `
  ip link set lo up
  api=http://127.0.0.1:3000
  json='content-type: application/json'
  login='{"username":"anna","password":"campus-sample"}'
  terminals=
  open_terminal() {
    cd "$1" && shift
    { setsid bun dev "$@" >"$OLDPWD/terminal.log" 2>&1 & }
    cd "$OLDPWD"
    terminals="$terminals\${terminals:+ }$!"
  }
  until_seen() {
    seen=$1
    shift
    for _ in $(seq 300); do
      curl -s "$@" | grep -q -- "$seen" && return
      sleep 0.1
    done
    cat terminal.log
    echo "never seen: $seen at $*: $(curl -s "$@" | head -c 500)"
    exit 1
  }
  close_terminals() {
    for group in $terminals; do
      kill -INT -- -$group 2>/dev/null
      for _ in $(seq 100); do
        kill -0 -- -$group 2>/dev/null || continue 2
        sleep 0.1
      done
      echo 'left behind:'; ps -eo pid,pgid,args; exit 1
    done
    echo nothing is left
  }
`
