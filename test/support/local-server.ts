import type { Server } from "node:http";
import type { AddressInfo } from "node:net";

export interface LocalServer {
  /** `http://127.0.0.1:port`, without a slash at the end. */
  readonly url: string;
  /** Ends its connections, too. */
  close(): void;
}

/** Has a server answer on a free port of this machine. */
export async function listen(server: Server): Promise<LocalServer> {
  await new Promise<void>((listening) => server.listen(0, "127.0.0.1", listening));
  return {
    url: `http://127.0.0.1:${(server.address() as AddressInfo).port}`,
    close() {
      server.closeAllConnections();
      server.close();
    },
  };
}
