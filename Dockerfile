# One image, N commands: `serve.ts` runs everything, `serve.ts inventory` one service.
FROM oven/bun:1.4.5-slim AS dependencies
WORKDIR /app
COPY package.json bun.lock bunfig.toml ./
COPY patches patches
COPY services/files/package.json services/files/
COPY services/gateway/package.json services/gateway/
COPY services/inventory/package.json services/inventory/
COPY services/ratings/package.json services/ratings/
COPY services/books/package.json services/books/
COPY services/users/package.json services/users/
COPY services/courses/package.json services/courses/
COPY web/package.json web/
RUN bun install --frozen-lockfile --production --ignore-scripts

FROM dependencies AS console
RUN bun install --frozen-lockfile --ignore-scripts
COPY scripts/web.ts scripts/
COPY web web
RUN bun scripts/web.ts

FROM oven/bun:1.4.5-slim
WORKDIR /app
ENV NODE_ENV=production HOST=0.0.0.0 LOG_FORMAT=json
COPY --from=dependencies /app/node_modules node_modules
COPY package.json serve.ts ./
COPY docs/openapi.json docs/openapi.json
COPY shared shared
COPY services services
COPY --from=console /app/web/dist web/dist
RUN mkdir data && chown bun:bun data
USER bun
ENTRYPOINT ["bun", "serve.ts"]
