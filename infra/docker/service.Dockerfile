# Builds one image per app or package: --build-arg APP=apps/sources. The build context is the checkout.
ARG NODE=node:24-bookworm-slim

FROM ${NODE} AS tools
RUN npm install --global --no-fund --no-audit pnpm@10.34.9 turbo@2.11.11
WORKDIR /telegather

FROM tools AS pruned
ARG APP
COPY . .
RUN turbo prune "$(node -p "require('./${APP}/package.json').name")" --docker

# Manifests and lockfile first, so that changes of code reuse the cached layer of packages.
FROM tools AS installed
COPY --from=pruned /telegather/out/json/ .
RUN pnpm install --prod --frozen-lockfile

FROM ${NODE}
ARG APP
ENV NODE_ENV=production APP=${APP}
WORKDIR /telegather
COPY --from=installed /telegather/ .
COPY --from=pruned /telegather/out/full/ .
# A new volume gets the owner of its mount point, so the user `node` can write to it.
RUN mkdir /archive /nas && chown node:node /archive /nas
USER node
HEALTHCHECK --interval=10s --timeout=3s --start-period=20s CMD \
  ["node", "-e", "fetch(`http://127.0.0.1:${process.env.PORT}/health`).then((r) => process.exit(r.ok ? 0 : 1), () => process.exit(1))"]
CMD ["sh", "-c", "exec node --max-semi-space-size=8 \"$APP/src/main.ts\""]
