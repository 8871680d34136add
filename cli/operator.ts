import { Option } from "commander";
import type { Answer } from "./http.ts";

/** For what only an operator may do. A token in the environment is not seen in the list of processes. */
export function tokenOption(): Option {
  return new Option("--token <token>", "the Worker's ADMIN_TOKEN").env("EDGE_IMAGING_TOKEN");
}

/** What the Worker says went wrong (RFC 9457), in a line. */
export function problemOf({ status, body }: Answer): string {
  try {
    const problem = JSON.parse(new TextDecoder().decode(body)) as { title?: string; detail?: string };
    return `${status}: ${problem.title ?? ""}. ${problem.detail ?? ""}`.trim();
  } catch {
    return `${status}: this is no answer of edge-imaging.`;
  }
}
