/** Between a browser and the server: notes what each request for a picture accepts, and what it gets. */
import { createServer, request as httpRequest } from "node:http";
import type { AddressInfo } from "node:net";
import { readMembers } from "../../cli/edge-imaging-field.ts";

export interface Exchange {
  readonly accept: string;
  readonly type: string;
  readonly reason: string;
}

export interface RecordingProxy {
  readonly url: string;
  /** The last one for a path. */
  last(path: string): Exchange | undefined;
  close(): void;
}

export async function startRecordingProxy(server: string): Promise<RecordingProxy> {
  const exchanges = new Map<string, Exchange>();
  const proxy = createServer((incoming, outgoing) => {
    const { method, url = "/", headers } = incoming;
    const forwarded = httpRequest(server + url, { method, headers }, (answer) => {
      const reason = readMembers(new Headers({ "edge-imaging": String(answer.headers["edge-imaging"] ?? "") })).get(
        "reason",
      );
      if (reason !== undefined)
        exchanges.set(url, { accept: headers.accept ?? "", type: answer.headers["content-type"] ?? "", reason });
      // Each look is to be a request.
      outgoing.writeHead(answer.statusCode ?? 502, { ...answer.headers, "cache-control": "no-store" });
      answer.pipe(outgoing);
    });
    forwarded.on("error", () => outgoing.destroy());
    outgoing.on("close", () => forwarded.destroy());
    incoming.pipe(forwarded);
  });
  await new Promise<void>((resolve) => proxy.listen(0, "127.0.0.1", resolve));
  return {
    url: `http://127.0.0.1:${(proxy.address() as AddressInfo).port}`,
    last: (path) => exchanges.get(path),
    close() {
      proxy.closeAllConnections();
      proxy.close();
    },
  };
}
