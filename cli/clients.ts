import { type Client, clients } from "../src/edge/inspector/page/clients.ts";
import { BadUsage } from "./exit-codes.ts";

export { type Client, clients };

/**
 * The first client whose name begins so, in any case.
 * @throws BadUsage when there is none
 */
export function findClient(name: string): Client {
  const found = clients.find((client) => client.name.toLowerCase().startsWith(name.toLowerCase()));
  if (found === undefined)
    throw new BadUsage(`no client is called ${name}; there are ${clients.map((each) => each.name).join(", ")}`);
  return found;
}
