/**
 * The errors that are ours to report, as problem details (RFC 9457). What the origin answers is never one of them,
 * and nothing that goes wrong with an image is: then the client gets the original.
 */
interface ProblemRow {
  readonly status: number;
  readonly title: string;
}

export const problems = {
  loop: { status: 508, title: "The request has come round to this Worker again" },
  "misdirected-host": { status: 421, title: "This Worker does not answer for this host" },
  "not-found": { status: 404, title: "There is nothing here" },
  unauthorized: { status: 401, title: "The administrator's token is needed" },
  unsigned: { status: 403, title: "This URL is not signed" },
  "cross-site": { status: 403, title: "Pages of other sites may not do this" },
  "method-not-allowed": { status: 405, title: "This method is not allowed here" },
  "bad-request": { status: 400, title: "The request cannot be understood" },
  "origin-unreachable": { status: 502, title: "The origin could not be reached" },
  "origin-incomplete": { status: 502, title: "The origin's answer broke off" },
  "origin-timeout": { status: 504, title: "The origin did not answer in time" },
  internal: { status: 500, title: "Something went wrong in the Worker" },
} as const satisfies Record<string, ProblemRow>;

export type ProblemName = keyof typeof problems;

export class ProblemError extends Error {
  readonly problem: ProblemName;

  constructor(problem: ProblemName, detail: string, options?: ErrorOptions) {
    super(detail, options);
    this.name = "ProblemError";
    this.problem = problem;
  }
}

/**
 * The answer for one of our own errors: `application/problem+json` (RFC 9457 §3), never stored by any cache.
 * @param showsCause adds what led to it, which may name hosts that are nobody's business
 */
export function respondProblem(
  error: ProblemError,
  headers: Readonly<Record<string, string>> = {},
  showsCause = false,
): Response {
  const { status, title } = problems[error.problem];
  const cause = showsCause && error.cause instanceof Error ? ` (${error.cause.message})` : "";
  const body = { type: `urn:edge-imaging:problem:${error.problem}`, title, status, detail: error.message + cause };
  return Response.json(body, {
    status,
    headers: {
      ...headers,
      "content-type": "application/problem+json",
      "cache-control": "no-store",
      "x-content-type-options": "nosniff",
    },
  });
}
