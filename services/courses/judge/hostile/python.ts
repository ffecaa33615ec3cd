import { got, outOfMemory, outOfStack, timeLimit, type HostileSubmission } from './submission.ts'

const solve = (...lines: string[]) => `def solve(a, b):\n    ${lines.join('\n    ')}\n`
const denied = /^error: ImportError: there is no JavaScript/
const noModule = /^error: ImportError: no module named/

/** Against MicroPython. The answer that is wanted is 1 + 2. */
export const hostilePython: HostileSubmission[] = [
  // JavaScript behind Python
  { name: 'js.process', code: solve('import js', 'return js.process.env.HOME'), verdict: denied },
  { name: 'js.eval', code: solve('import js', 'return js.eval("1")'), verdict: denied },
  { name: 'js.fetch', code: solve('import js', 'js.fetch("http://127.0.0.1")'), verdict: denied },
  { name: 'js, set', code: solve('import js', 'js.polluted = 1', 'return 4'), verdict: denied },
  { name: 'js, indexed', code: solve('import js', 'return js["process"]'), verdict: denied },
  { name: 'js, iterated', code: solve('import js', 'return [x for x in js]'), verdict: /^error: / },
  {
    name: 'js, asked',
    code: solve('import js', 'return hasattr(js, "process")'),
    verdict: /^(error|fail): /,
  },
  {
    name: 'jsffi',
    code: solve('import jsffi', 'return jsffi.create_proxy(solve).constructor("return process")()'),
    verdict: /^error: /,
  },
  {
    name: 'jsffi.to_js',
    code: solve('import jsffi', 'return jsffi.to_js([1]).constructor'),
    verdict: /^error: /,
  },

  // Files, network, processes
  {
    name: 'reading a file',
    code: solve('return open("/etc/passwd").read()'),
    verdict: /^error: OSError/,
  },
  {
    name: 'writing a file',
    code: solve('open("/tmp/campus-judge-escaped", "w").write("x")', 'return 4'),
    verdict: /^error: OSError/,
  },
  {
    name: 'listing a folder',
    code: solve('import os', 'return os.listdir("/")'),
    verdict: /^error: /,
  },
  {
    name: 'removing a file',
    code: solve('import os', 'os.remove("/etc/passwd")', 'return 4'),
    verdict: /^error: /,
  },
  {
    name: 'the environment',
    code: solve('import os', 'return os.getenv("HOME")'),
    verdict: /^error: /,
  },
  {
    name: 'os.system',
    code: solve('import os', 'return os.system("id")'),
    verdict: /^error: AttributeError/,
  },
  {
    name: 'a fork bomb',
    code: solve('import os', 'while True: os.fork()'),
    verdict: /^error: AttributeError/,
  },
  { name: 'subprocess', code: solve('import subprocess', 'return 4'), verdict: noModule },
  { name: 'sockets', code: solve('import socket', 'return 4'), verdict: noModule },
  { name: 'threads', code: solve('import _thread', 'return 4'), verdict: noModule },
  {
    name: 'native code',
    code: '@micropython.native\ndef solve(a, b):\n    return 4\n',
    verdict: /^error: /,
  },
  { name: 'input', code: solve('return input()'), verdict: /^error: / },
  { name: 'a module from a file', code: solve('import evil', 'return 4'), verdict: noModule },
  {
    name: 'memory by address',
    code: solve('import uctypes', 'return uctypes.bytes_at(0, 8) == b""'),
    verdict: /^(error|fail): /,
  },

  // Time
  { name: 'an endless loop', code: solve('while True: pass'), verdict: timeLimit },
  { name: 'an endless loop on loading', code: 'while True: pass\n', verdict: timeLimit },
  {
    name: 'a loop that catches',
    code: solve(
      'while True:',
      '    try:',
      '        while True: pass',
      '    except BaseException: pass',
    ),
    verdict: timeLimit,
  },
  {
    name: 'sleep',
    code: solve('import time', 'time.sleep(3600)', 'return 4'),
    verdict: /^(error|fail): /,
  },
  {
    name: 'a regex that backtracks',
    code: solve('import re', 'return re.match("(a*)*b", "a" * 100)'),
    verdict: /^error: /,
  },
  {
    name: 'a huge power',
    code: solve('return len(str(7 ** 10000000))'),
    verdict: /^error: (time limit|out of memory)/,
  },
  {
    name: 'a flood of output',
    code: solve('while True: print("x" * 1000)'),
    verdict: /^error: (time limit|out of memory)/,
  },

  // Memory
  {
    name: 'a string that doubles',
    code: solve('s = "x"', 'while True: s += s'),
    verdict: outOfMemory,
  },
  {
    name: 'a list that grows',
    code: solve('x = []', 'while True: x.append([1, 2, 3])'),
    verdict: /^error: (time limit|out of memory)/,
  },
  {
    name: 'bytearrays',
    code: solve('x = []', 'while True: x.append(bytearray(1000000))'),
    verdict: outOfMemory,
  },
  {
    name: 'one huge bytearray',
    code: solve('return len(bytearray(2000000000))'),
    verdict: outOfMemory,
  },
  {
    name: 'memory, caught again and again',
    code: solve(
      'while True:',
      '    try:',
      '        x = bytearray(10 ** 9)',
      '    except MemoryError: pass',
    ),
    verdict: timeLimit,
  },
  { name: 'recursion', code: solve('return solve(a, b)'), verdict: outOfStack },
  {
    name: 'recursion in the result',
    code: solve('x = []', 'for i in range(100000): x = [x]', 'return x'),
    verdict: /^error: /,
  },
  {
    name: 'a cyclic result',
    code: solve('x = []', 'x.append(x)', 'return x'),
    verdict: /^error: /,
  },
  {
    name: 'recursion in the parser',
    code: solve(`return ${'('.repeat(20_000)}1${')'.repeat(20_000)}`),
    verdict: /^(error|fail): /,
  },

  // Games
  { name: 'exit', code: solve('import sys', 'sys.exit(0)'), verdict: /^error: / },
  {
    name: 'json replaced',
    code: `import json\njson.dumps = lambda x: "3"\n${solve('return 4')}`,
    verdict: /^(error|fail): /,
  },
  {
    name: 'not JSON',
    code: solve('return {1}'),
    verdict: got('{1}'),
  },
  {
    name: 'an infinite number',
    code: solve('return float("inf")'),
    verdict: got('inf'),
  },
  {
    name: 'a verdict in the output',
    code: solve('print(\'{"returned":"3","output":""}\')', 'return 4'),
    verdict: got('4'),
  },
  {
    name: 'the clock',
    code: solve('import time', 't = time.time()', 'return int(time.time() - t) + 4'),
    verdict: got('4'),
  },
  {
    name: 'no function',
    code: 'answer = 3\n',
    verdict: /^error: the answer defines no function named solve/,
  },
  { name: 'no program at all', code: ')))(((\n', verdict: /^error: SyntaxError.*line 1/ },
]
