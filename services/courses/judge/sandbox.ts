import { dlopen, ptr } from 'bun:ffi'

/**
 * Gives up, for good and for all threads of this process, every system call but those that compute
 * on memory and talk over what is open already: no file can be opened, no socket made, no program
 * started, no other process touched. It is seccomp (seccomp(2), Linux), which needs no privilege
 * and no tool, so it holds in a plain container too. Whatever the process needs must be loaded
 * before.
 * @param cpuMax_s processor seconds after which the kernel ends the process
 * @throws Error when this system has no such thing, or refuses
 */
export function enterSandbox(cpuMax_s: number): void {
  const machine = process.platform === 'linux' ? machines[process.arch] : undefined
  if (!machine) throw new Error(`no seccomp known for ${process.platform} on ${process.arch}`)
  const libc = openLibc()
  for (const [limit, max] of Object.entries({ ...limits, [cpuLimit]: cpuMax_s })) {
    // At the lower one the kernel sends SIGXCPU, at the upper one SIGKILL, as anybody might.
    const upper = Number(limit) === cpuLimit ? max + 1 : max
    const pair = new BigUint64Array([BigInt(max), BigInt(upper)])
    if (libc.setrlimit(Number(limit), ptr(pair)) !== 0) throw new Error('setrlimit failed')
  }
  const filter = toFilter(machine)
  const program = new BigUint64Array([
    BigInt(filter.length / instructionBytes),
    BigInt(ptr(filter)),
  ])
  if (libc.prctl(noNewPrivileges, 1, 0, 0, 0) !== 0) throw new Error('no_new_privs was refused')
  if (Number(libc.syscall(machine.seccomp, setModeFilter, allThreads, ptr(program))) !== 0) {
    throw new Error('seccomp was refused')
  }
}

// setrlimit(2): no file may grow, and no memory is dumped.
const cpuLimit = 0
const limits = { 1: 0, 4: 0 }
// prctl(2) and seccomp(2)
const noNewPrivileges = 38
const setModeFilter = 1
const allThreads = 1

function openLibc() {
  for (const name of [
    'libc.so.6',
    `libc.musl-${process.arch === 'x64' ? 'x86_64' : 'aarch64'}.so.1`,
  ]) {
    try {
      return dlopen(name, {
        prctl: { args: ['i32', 'u64', 'u64', 'u64', 'u64'], returns: 'i32' },
        setrlimit: { args: ['i32', 'ptr'], returns: 'i32' },
        syscall: { args: ['i64', 'u64', 'u64', 'ptr'], returns: 'i64' },
      }).symbols
    } catch {
      // the other C library, then
    }
  }
  throw new Error('no C library was found')
}

interface Machine {
  /** AUDIT_ARCH_… of linux/audit.h. */
  audit: number
  seccomp: number
  clone: number
  clone3: number
  tgkill: number
  /** Memory, locks, clocks, signals to itself, and talking over what is open. */
  allowed: number[]
}

// Numbers from the kernel's tables, syscall_64.tbl and asm-generic/unistd.h. In this order: read,
// write, readv, writev, close, poll or ppoll, epoll_ctl, epoll_wait, epoll_pwait, mmap, mprotect,
// munmap, mremap, madvise, brk, futex, membarrier, rseq, set_robust_list, sched_yield,
// sched_getaffinity, nanosleep, clock_nanosleep, clock_gettime, gettimeofday, getrusage, getpid,
// gettid, getrandom, rt_sigaction, rt_sigprocmask, rt_sigreturn, sigaltstack, restart_syscall,
// exit, exit_group.
const machines: Partial<Record<string, Machine>> = {
  x64: {
    audit: 0xc000003e,
    seccomp: 317,
    clone: 56,
    clone3: 435,
    tgkill: 234,
    allowed: [
      0, 1, 19, 20, 3, 7, 233, 232, 281, 9, 10, 11, 25, 28, 12, 202, 324, 334, 273, 24, 204, 35,
      230, 228, 96, 98, 39, 186, 318, 13, 14, 15, 131, 219, 60, 231,
    ],
  },
  arm64: {
    audit: 0xc00000b7,
    seccomp: 277,
    clone: 220,
    clone3: 435,
    tgkill: 131,
    allowed: [
      63, 64, 65, 66, 57, 73, 21, 22, 222, 226, 215, 216, 233, 214, 98, 283, 293, 99, 124, 123, 101,
      115, 113, 169, 165, 172, 178, 278, 134, 135, 139, 132, 128, 93, 94,
    ],
  },
}

// Classic BPF over struct seccomp_data: the number at 0, the machine at 4, arguments from 16 on.
const load = 0x20
const ifEqual = 0x15
const ifBit = 0x45
const answer = 0x06
const allow = 0x7fff0000
const kill = 0x80000000
const refuse = (errno: number) => 0x00050000 | errno
const notPermitted = refuse(1)
const notThere = refuse(38)
const newThread = 0x10000
const instructionBytes = 8

type Instruction = [code: number, ifTrue: number, ifFalse: number, value: number]

function toFilter({ audit, clone, clone3, tgkill, allowed }: Machine): Uint8Array {
  const instructions: Instruction[] = [
    [load, 0, 0, 4],
    [ifEqual, 1, 0, audit],
    [answer, 0, 0, kill],
    [load, 0, 0, 0],
    ...allowed.flatMap((call): Instruction[] => [
      [ifEqual, 0, 1, call],
      [answer, 0, 0, allow],
    ]),
    // Its flags are in memory, where a filter cannot look: the C library then takes clone.
    [ifEqual, 0, 1, clone3],
    [answer, 0, 0, notThere],
    // A thread of this process, for the compiler and the garbage collector, but no new process.
    [ifEqual, 0, 4, clone],
    [load, 0, 0, 16],
    [ifBit, 0, 1, newThread],
    [answer, 0, 0, allow],
    [answer, 0, 0, notPermitted],
    // Signals to its own threads: how the garbage collector stops them.
    [ifEqual, 0, 3, tgkill],
    [load, 0, 0, 16],
    [ifEqual, 0, 1, process.pid],
    [answer, 0, 0, allow],
    [answer, 0, 0, notPermitted],
  ]
  const bytes = new DataView(new ArrayBuffer(instructions.length * instructionBytes))
  for (const [index, [code, ifTrue, ifFalse, value]] of instructions.entries()) {
    const at = index * instructionBytes
    bytes.setUint16(at, code, true)
    bytes.setUint8(at + 2, ifTrue)
    bytes.setUint8(at + 3, ifFalse)
    bytes.setUint32(at + 4, value, true)
  }
  return new Uint8Array(bytes.buffer)
}
