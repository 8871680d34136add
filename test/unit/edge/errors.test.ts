import { describe, expect, it } from "vitest";
import { ProblemError, type ProblemName, problems, respondProblem } from "../../../src/edge/errors.ts";

describe("respondProblem()", () => {
  it.each(Object.keys(problems) as ProblemName[])(
    "answers %s as problem details (RFC 9457) that nobody stores",
    async (name) => {
      const response = respondProblem(new ProblemError(name, "What happened."));
      expect(response.status).toBe(problems[name].status);
      expect(response.headers.get("content-type")).toBe("application/problem+json");
      expect(response.headers.get("cache-control")).toBe("no-store");
      const body = (await response.json()) as Record<string, unknown>;
      const { type, ...others } = body;
      expect(type).toMatch(/^urn:[a-z0-9-]+:\S+$/);
      expect(others).toEqual({ title: problems[name].title, status: response.status, detail: "What happened." });
    },
  );

  it("shows the cause only where that is wanted", async () => {
    const error = new ProblemError("origin-unreachable", "No.", { cause: new Error("GET http://10.0.0.1/: refused") });
    const detailOf = async (response: Response) => ((await response.json()) as { detail: string }).detail;
    expect(await detailOf(respondProblem(error))).toBe("No.");
    expect(await detailOf(respondProblem(error, {}, true))).toBe("No. (GET http://10.0.0.1/: refused)");
  });

  it("has a type of its own for every problem", async () => {
    const bodies = await Promise.all(
      (Object.keys(problems) as ProblemName[]).map((name) => respondProblem(new ProblemError(name, "")).json()),
    );
    expect(new Set(bodies.map((body) => (body as { type: string }).type)).size).toBe(bodies.length);
  });
});
