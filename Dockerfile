# Answers for an image domain without Cloudflare:
#   docker build -t edge-imaging . && docker run -p 8080:8080 -v variants:/cache edge-imaging --origin https://origin.example.com
FROM node:24-slim
WORKDIR /app
COPY package.json package-lock.json .npmrc ./
RUN npm ci --no-audit
COPY . .
RUN npm run wasm && mkdir /cache && chown node /cache
USER node
EXPOSE 8080
ENTRYPOINT ["node", "cli/edge-imaging.ts", "serve", "--host", "0.0.0.0", "--cache", "/cache"]
