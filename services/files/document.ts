import { tusContentType } from './tus.ts'

const binary = { type: 'string' as const, format: 'binary' }

/** What the routes that read their body themselves say of it in the OpenAPI document. */
export const uploadBody = {
  required: true,
  content: {
    'multipart/form-data': {
      schema: {
        type: 'object' as const,
        properties: { upfile: binary },
        required: ['upfile'],
        additionalProperties: false,
      },
    },
    'application/octet-stream': { schema: binary },
  },
}

/** Bytes as an answer. */
export const bytesAnswer = { description: 'Bytes', content: { '*/*': { schema: binary } } }

/** The bytes of a resumable upload. */
export const tusBody = {
  required: true,
  content: { [tusContentType]: { schema: binary } },
}
