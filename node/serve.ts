import { createServer, type Server } from "node:http";
import type { AddressInfo } from "node:net";
import { startApplication, type ApplicationOptions } from "./application.ts";
import { logLine } from "../src/edge/log.ts";
import { send, toRequest } from "./http.ts";

export interface Serving {
  /** Without a slash at the end. */
  readonly url: string;
  /** Takes no new requests, and settles when all work has ended. */
  readonly close: () => Promise<void>;
}

/** @param port 0 for any free one */
export interface ServeOptions extends ApplicationOptions {
  readonly host: string;
  readonly port: number;
}

/** Answers requests as the Worker does, without Cloudflare. */
export async function serve({ host, port, ...options }: ServeOptions): Promise<Serving> {
  const application = await startApplication(options);
  const server = createServer((incoming, outgoing) => {
    const answer = async (): Promise<void> => {
      let request: Request;
      try {
        request = toRequest(incoming);
      } catch {
        outgoing.writeHead(400).end();
        return;
      }
      await send(await application.fetch(request), request, outgoing);
    };
    answer().catch((error: unknown) => {
      console.error(logLine(error));
      outgoing.destroy();
    });
  });
  await listen(server, host, port);
  const { address, port: taken, family } = server.address() as AddressInfo;
  return {
    url: `http://${family === "IPv6" ? `[${address}]` : address}:${taken}`,
    close: async () => {
      await new Promise((resolve) => server.close(resolve));
      await application.settled();
    },
  };
}

function listen(server: Server, host: string, port: number): Promise<void> {
  return new Promise((resolve, reject) => {
    server.once("error", reject);
    server.listen(port, host, () => resolve());
  });
}
