import { replaceCases, toTitle, type Words } from './words.ts'

/** The service with the simplest entries; a new service gets the same. */
const model = { name: 'ratings', port: 3003 }
// Fewer similar entries than this are not a list of all services.
const siblingsMin = 3

type Edit = (text: string, words: Words, services: readonly string[]) => string

/** The files that list all services or their codes, and how to add an entry to each. */
export const edits: Record<string, Edit> = {
  'services/index.ts': (text, words, services) => {
    const { service, things, port } = words
    const about = `about: '${toTitle(things)} of members'`
    const fill = `fill: fill${toTitle(service)}`
    const entry = `  ${service}: { ${about}, create: ${service}, port: ${port}, ${fill} },\n`
    return addLines(text, words, services).replace(
      /(?<=^export const campus = \{\n( .*\n)+)(?=\})/m,
      entry,
    )
  },
  'shared/problem-code.ts': (text, { thing, things }) => {
    const own = [`${thing}_not_found`, `${thing}_title_taken`, `too_many_${things}`]
    return text.replace(/(?<=^export const problemCodes = \[\n)(?: {2}'\w+',\n)+/m, (list) =>
      [...new Set([...list.trimEnd().split('\n'), ...own.map((code) => `  '${code}',`)])]
        .toSorted()
        .join('\n')
        .concat('\n'),
    )
  },
  'services/access.test.ts': (text, { thing }) => {
    const rule = `  ['owner', /^(change|delete)${toTitle(thing)}$/],\n`
    return text.replace(/(?<=^ {2}\['owner', .*\n)(?! {2}\['owner')/m, rule)
  },
  // Data of removed accounts is deleted.
  'services/users/authority-routes.ts': (text, { service }) =>
    text.replace(
      /(?<=access: \{\s*service: \[[^\]]*'courses'[^\]]*')(?=,?\s*\])/,
      `, '${service}'`,
    ),
  'compose.yaml': addLines,
  Dockerfile: addLines,
  '.env.example': (text, words, services) =>
    addLines(text, words, services).replace(
      /(?<=^# Where it listens[^.]*\. [^.]*)\./m,
      `, ${words.service} ${words.port}.`,
    ),
  'deploy/kubernetes/backup.yaml': addLines,
  'deploy/kubernetes/campus.yaml': addLines,
  'deploy/kubernetes/kustomization.yaml': addLines,
  'deploy/kubernetes/network.yaml': addNames,
  'docs/operations/prometheus.yaml': addNames,
  'docs/architecture.md': (text, { service, things }) =>
    text.replace(/^(?=services\/gateway\/)/m, `services/${service}/`.padEnd(22) + ` ${things}\n`),
}

/** The manifests of the new service, copied from the model. */
export const manifest = (service = model.name) => `deploy/kubernetes/${service}.yaml`

/** Rewrites an entry of the model for the new service. */
export function likeModel(text: string, { service, port }: Words): string {
  return replaceCases(text, model.name, service).replaceAll(String(model.port), String(port))
}

/** Adds the service to lists with a paragraph, or a line, for each service, all of them alike. */
function addLines(text: string, words: Words, services: readonly string[]): string {
  const others = services.filter((name) => name !== model.name)
  const isOf = (name: string, ofModel: string) => {
    const wanted = maskNumbers(replaceCases(ofModel, model.name, name))
    return (line: string) => maskNumbers(line) === wanted
  }
  const addLike = (parts: string[], ofModel: string): string[] => {
    const places = others.map((name) => parts.map(firstLine).findLastIndex(isOf(name, ofModel)))
    if (places.filter((place) => place >= 0).length < siblingsMin) return parts
    const part = parts.find((one) => firstLine(one) === ofModel) ?? ''
    return parts.toSpliced(Math.max(...places) + 1, 0, likeModel(part, words))
  }
  const addAll = (parts: string[]) =>
    [...new Set(parts.map(firstLine))].filter(namesModel).reduce(addLike, parts)
  const isOwn = (paragraph: string) =>
    services.some((name) => new RegExp(`^  ${name}:$`).test(firstLine(paragraph)))
  return addAll(text.split('\n\n'))
    .map((one) => (isOwn(one) ? one : addAll(one.split('\n')).join('\n')))
    .join('\n\n')
}

/** Adds the service to lists of names in brackets. */
function addNames(text: string, { service }: Words): string {
  return text.replace(/(?<=\[[\w,\s]*\bratings,[\w,\s]*\w)(?=,?\s*\])/g, `, ${service}`)
}

function firstLine(text: string): string {
  return text.split('\n', 1)[0] ?? ''
}

function namesModel(line: string): boolean {
  return line.toLowerCase().includes(model.name)
}

// The ports differ.
function maskNumbers(line: string): string {
  return line.replace(/\d+/g, '0')
}
