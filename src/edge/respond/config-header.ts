import type { ConfigProblem } from "../config.ts";
import { canCopy } from "../http/copy-response.ts";

/** Names what is wrong with the variables of this deployment, on every answer. */
const configHeader = "edge-imaging-config";

/** A list of strings (RFC 9651 §3.1, §3.3.3), one for each problem. */
function formatConfigProblems(problems: readonly ConfigProblem[]): string {
  return problems.map(({ message }) => `"${escape(message)}"`).join(", ");
}

/** Strings hold printable ASCII only, with a backslash before quotes and backslashes. */
function escape(text: string): string {
  return text.replaceAll(/[^\x20-\x7e]/g, "?").replaceAll(/["\\]/g, String.raw`\$&`);
}

/** The same answer, with the problems in its header. */
export function withConfigProblems(response: Response, problems: readonly ConfigProblem[]): Response {
  if (!canCopy(response)) return response;
  const marked = new Response(response.body, response);
  marked.headers.set(configHeader, formatConfigProblems(problems));
  return marked;
}
