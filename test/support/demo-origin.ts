/** The demo's files as an origin on 127.0.0.1, so that any server can stand in front of them. */
import { createReadStream, existsSync } from "node:fs";
import { createServer } from "node:http";
import { listen, type LocalServer } from "./local-server.ts";
import { extname } from "node:path";
import { fileURLToPath } from "node:url";
import { dayFresh } from "./scripted-origin.ts";

const folder = new URL("../../demo/public/", import.meta.url);

const types: Readonly<Record<string, string>> = {
  ".html": "text/html; charset=utf-8",
  ".js": "text/javascript",
  ".css": "text/css",
  ".svg": "image/svg+xml",
  ".png": "image/png",
  ".jpg": "image/jpeg",
  ".gif": "image/gif",
  ".tif": "image/tiff",
};

export async function startDemoOrigin(): Promise<LocalServer> {
  const server = createServer((request, response) => {
    const { pathname } = new URL(request.url ?? "/", "http://demo.example");
    const file = fileURLToPath(new URL(`.${pathname === "/" ? "/index.html" : pathname}`, folder));
    const type = types[extname(file)];
    if (type === undefined || !existsSync(file)) {
      response.writeHead(404).end();
      return;
    }
    response.writeHead(200, { "content-type": type, "cache-control": dayFresh });
    createReadStream(file).pipe(response);
  });
  return listen(server);
}
