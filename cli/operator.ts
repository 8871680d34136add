import { Option } from "commander";
import type { Answer } from "./http.ts";

/** For what only an operator may do. A token in the environment is not seen in the list of processes. */
export function tokenOption(): Option {
  return new Option("--token <token>", "the Worker's ADMIN_TOKEN").env("EDGE_IMAGING_TOKEN");
}

const how = "give it here as --token, or in the variable EDGE_IMAGING_TOKEN";

/** What the Worker says to a program, said to a person at a terminal; by the name of the problem. */
const remedies: Readonly<Record<string, string>> = {
  // It says no more to a stranger than that there is nothing.
  "not-found": `The server has no ADMIN_TOKEN, so nobody may ask it this. Set one (a Worker: npx wrangler secret put ADMIN_TOKEN; serve: the variable EDGE_IMAGING_ADMIN_TOKEN), then ${how}.`,
  unauthorized: `The token is missing or wrong. Take the server's ADMIN_TOKEN, and ${how}.`,
};

/** What went wrong (RFC 9457), in a line. */
export function problemOf({ status, body }: Pick<Answer, "status" | "body">): string {
  try {
    const problem = JSON.parse(new TextDecoder().decode(body)) as { type?: string; title?: string; detail?: string };
    const remedy = remedies[problem.type?.split(":").at(-1) ?? ""];
    return `${status}: ${remedy ?? `${problem.title ?? ""}. ${problem.detail ?? ""}`}`.trim();
  } catch {
    return `${status}: this is no answer of edge-imaging. Does a Worker answer for this URL, /_imaging/ included?`;
  }
}
