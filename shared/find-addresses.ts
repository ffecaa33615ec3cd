import { lookup } from 'node:dns/promises'

/** The addresses that a DNS name stands for at the moment, in the order of the answer. */
export async function findAddresses(name: string): Promise<string[]> {
  return (await lookup(name, { all: true, verbatim: true })).map(({ address }) => address)
}
