import { isCode, type Rule, type TreeFile } from './rule.ts'
import { linesWith } from './source.ts'

const pageLinesMax = 40

const dependencyGroups = [
  'dependencies',
  'devDependencies',
  'optionalDependencies',
  'peerDependencies',
  'overrides',
]

/** Rules about names, places and files that are not code. */
export const treeRules: Rule[] = [
  {
    name: 'names say what is inside',
    instead: 'name it after its topic (a noun), not utils, helpers, lib, common, core or misc',
    find: ({ path }) =>
      /(?:^|\/)(?:utils?|helpers?|libs?|common|core|misc)(?:[./]|$)/.test(path) ? [0] : [],
    refuses: ['shared/utils/page.ts', 'services/books/helpers.ts', 'lib/a.ts'].map(empty),
    accepts: ['shared/page.ts', 'services/library/index.ts'].map(empty),
  },
  {
    name: 'file names are kebab-case',
    instead: 'write small letters, digits and hyphens: reading-list.ts, reading-list.test.ts',
    find: ({ path }) =>
      /\.(?:tsx?|css|html)$/.test(path) &&
      !/(?:^|\/)[a-z0-9]+(?:-[a-z0-9]+)*(?:\.(?:test|d))?\.\w+$/.test(path)
        ? [0]
        : [],
    refuses: ['shared/readingList.ts', 'web/Shelf.tsx', 'shared/reading_list.ts'].map(empty),
    accepts: ['shared/reading-list.test.ts', 'shared/a.d.ts', 'README.md'].map(empty),
  },
  {
    name: 'scripts are TypeScript',
    instead:
      'write scripts/name.ts; only .ci/run, and deploy/* where there may be Docker ' +
      'alone, are shell files, only k6 scenarios are JavaScript',
    find: ({ path, text }) =>
      !['.ci/run', 'deploy/cell', 'deploy/upgrade'].includes(path) &&
      !isCode(path) &&
      (/\.(?:sh|bash|mjs|cjs|js)$/.test(path) || /^#!.*\b(?:ba|da|z)?sh\b/.test(text))
        ? [0]
        : [],
    refuses: [empty('scripts/seed.sh'), { path: 'scripts/seed', text: '#!/usr/bin/env bash\n' }],
    accepts: [{ path: '.ci/run', text: '#!/usr/bin/env bash\n' }, empty('load-tests/spread.js')],
  },
  {
    name: 'a decision has a number, a title and one page',
    instead: `name it docs/decisions/NNN-title.md, each number once, ≤ ${pageLinesMax} lines`,
    find: ({ path, text }, paths) => {
      if (!path.startsWith('docs/decisions/')) return []
      const number = /^docs\/decisions\/(\d{3}-)[a-z0-9]+(?:-[a-z0-9]+)*\.md$/.exec(path)?.[1]
      const same = paths.filter((other) => other.startsWith(`docs/decisions/${number}`))
      return number && same.length === 1 ? overPage(text) : [0]
    },
    refuses: [
      empty('docs/decisions/1-why.md'),
      { path: 'docs/decisions/001-why.md', text: '\n'.repeat(pageLinesMax + 1) },
    ],
    accepts: [{ path: 'docs/decisions/001-why.md', text: '\n'.repeat(pageLinesMax) }],
  },
  {
    name: 'a README of a service is one page',
    instead: `keep what it owns and its environment, ≤ ${pageLinesMax} lines`,
    find: ({ path, text }) => (/^services\/[^/]+\/README\.md$/.test(path) ? overPage(text) : []),
    refuses: [{ path: 'services/books/README.md', text: '\n'.repeat(pageLinesMax + 1) }],
    accepts: [{ path: 'README.md', text: '\n'.repeat(pageLinesMax + 1) }],
  },
  {
    name: 'guides name files that are there',
    instead: 'write where it is now',
    find: ({ path, text }, paths) =>
      ['CONTRIBUTING.md', 'docs/architecture.md'].includes(path)
        ? text.split('\n').flatMap((line, at) => {
            const named = line.matchAll(
              /`((?:docs|operator|scripts|services|shared|web)\/[\w./-]+\.\w+)`/g,
            )
            return [...named].every(([, file = '']) => paths.includes(file)) ? [] : [at + 1]
          })
        : [],
    refuses: [{ path: 'CONTRIBUTING.md', text: '`shared/gone.ts`' }],
    accepts: [{ path: 'CONTRIBUTING.md', text: '`services/<name>/tables.ts`, `shared/`' }],
  },
  {
    name: 'a service has package.json and README.md',
    instead: 'add the missing one beside its index.ts',
    find: ({ path }, paths) => {
      const folder = /^services\/(?!testing\/)[^/]+\//.exec(path)?.[0]
      const isFirst = paths.find((other) => folder && other.startsWith(folder)) === path
      const wanted = ['package.json', 'README.md'].map((name) => `${folder}${name}`)
      return folder && isFirst && !wanted.every((name) => paths.includes(name)) ? [0] : []
    },
    refuses: [empty('services/books/index.ts')],
    accepts: ['services/index.ts', 'services/testing/system.ts', 'shared/page.ts'].map(empty),
  },
  {
    name: 'versions are exact',
    instead: 'write one version, such as 1.4.30, without ^, ~, ranges or tags',
    find: ({ path, text }) => (/(?:^|\/)package\.json$/.test(path) ? looseVersions(text) : []),
    refuses: ['^1.0.0', '~1.0.0', 'latest', '>=1', '1.x'].map((version) => ({
      path: 'package.json',
      text: JSON.stringify({ dependencies: { elysia: version } }, null, 2),
    })),
    accepts: [
      { path: 'package.json', text: '{ "dependencies": { "a": "18.4.0-beta.17" } }' },
      { path: 'services/a/package.json', text: '{ "dependencies": { "b": "workspace:*" } }' },
    ],
  },
  {
    name: 'no file names a registry host',
    instead: 'leave the registry to the configuration of the machine; name packages only',
    find: ({ text }) =>
      linesWith(
        text,
        /registry\.(?:npmjs|yarnpkg)\.\w+|pypi\.org|proxy\.golang\.org|deb\.debian\.org/g,
      ),
    refuses: [
      ['registry', 'npmjs', 'org'],
      ['pypi', 'org'],
      ['proxy', 'golang', 'org'],
    ].map((words) => ({ path: 'bun.lock', text: `"https://${words.join('.')}/a"` })),
    accepts: [{ path: 'README.md', text: 'https://www.postgresql.org/docs' }],
  },
  {
    name: 'no file names a path of one machine',
    instead: 'build it from import.meta.dir, the current folder or a temporary one',
    find: ({ path, text }) =>
      /(?:^|\/)(?:Dockerfile|compose)[^/]*$/.test(path)
        ? []
        : linesWith(
            text,
            /(?<![\w.~})-])\/(?:work|root|home\/[\w.-]+|Users\/[\w.-]+)\/(?=[\w.@-])/g,
          ),
    refuses: ['work', 'root', 'home/me'].map((folder) => ({
      path: 'README.md',
      text: `cd /${folder}/campus`,
    })),
    accepts: [
      { path: 'Dockerfile', text: `WORKDIR /${'home'}/bun/app` },
      { path: 'README.md', text: 'https://example.org/work/1' },
    ],
  },
]

function empty(path: string): TreeFile {
  return { path, text: isCode(path) ? 'export const a = 1\n' : '' }
}

function overPage(text: string): number[] {
  return text.trimEnd().split('\n').length > pageLinesMax ||
    text.split('\n').length > pageLinesMax + 1
    ? [0]
    : []
}

function looseVersions(text: string): number[] {
  const manifest = JSON.parse(text) as Record<string, unknown>
  const versions = dependencyGroups.flatMap((group) => Object.entries(manifest[group] ?? {}))
  return versions
    .filter(([, version]) => !/^(?:workspace:.+|\d+\.\d+\.\d+(?:-[\w.]+)?)$/.test(String(version)))
    .flatMap(([name, version]) => {
      const line = text.split('\n').findIndex((one) => one.includes(`"${name}": "${version}"`))
      return [line + 1]
    })
}
