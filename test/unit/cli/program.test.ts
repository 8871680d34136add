/** What the command line says where it is asked for help, or for what cannot be done. */
import { describe, expect, test } from "vitest";
import { readCount, readPort } from "../../../cli/numbers.ts";
import { problemOf } from "../../../cli/operator.ts";
import { createProgram } from "../../../cli/program.ts";
import { explainStart } from "../../../cli/serve.ts";
import ownPackage from "../../../package.json" with { type: "json" };

function printed(...args: readonly string[]): string {
  let text = "";
  const program = createProgram().configureOutput({ writeOut: (part) => void (text += part) });
  expect(() => program.parse(args, { from: "user" })).toThrow();
  return text;
}

test("--version is the package's", () => {
  expect(printed("--version")).toBe(`${ownPackage.version}\n`);
});

test("no help shows a default that is no text of a person", () => {
  for (const command of createProgram().commands)
    expect(command.helpInformation()).not.toMatch(/default: (?:\{|\[|undefined|null)/);
});

test("a number that is not allowed is answered with what is", () => {
  expect(() => readPort("65536")).toThrow("from 0 to 65535");
  expect(() => readCount("0")).toThrow(/from 1\.$/);
});

describe("a server that does not start", () => {
  const fault = (fields: object): Error => Object.assign(new Error("as Node.js says it"), fields);

  test.each([
    [{ code: "EADDRINUSE", syscall: "listen" }, "it cannot listen at h:1: another program listens there"],
    [{ code: "EADDRNOTAVAIL", syscall: "listen" }, "it cannot listen at h:1: this computer has no such address"],
    [{ code: "EACCES", syscall: "listen" }, "it cannot listen at h:1: this user may not"],
    [{ code: "ENOTFOUND", syscall: "getaddrinfo" }, "it cannot listen at h:1: there is no such host"],
    [{ code: "EMFILE", syscall: "listen" }, "it cannot listen at h:1: as Node.js says it"],
    [{ code: "EACCES", syscall: "mkdir" }, "the cache in /c cannot be used: as Node.js says it"],
  ])("%j", (fields, said) => {
    expect(explainStart(fault(fields), "h:1", "/c")).toContain(said);
  });

  test("for a reason of ours is a fault of ours", () => {
    const own = new TypeError("no function");
    expect(() => explainStart(own, "h:1", "/c")).toThrow(own);
  });
});

describe("an operator's question that is not answered", () => {
  const answer = (status: number, body: string) => ({ status, body: new TextEncoder().encode(body) });
  const problem = (status: number, name: string) =>
    answer(status, JSON.stringify({ type: `urn:edge-imaging:problem:${name}`, title: "A title", detail: "A detail." }));

  test("without a token at the server, it says how to set one and how to give it", () => {
    const said = problemOf(problem(404, "not-found"));
    for (const part of ["404", "wrangler secret put ADMIN_TOKEN", "EDGE_IMAGING_ADMIN_TOKEN", "--token"])
      expect(said).toContain(part);
  });

  test("with a wrong token, it says how to give the right one", () => {
    expect(problemOf(problem(401, "unauthorized"))).toMatch(/^401: .*ADMIN_TOKEN.*--token.*EDGE_IMAGING_TOKEN/);
  });

  test("otherwise it says what the server has said", () => {
    expect(problemOf(problem(400, "bad-request"))).toBe("400: A title. A detail.");
    expect(problemOf(answer(404, "<html>"))).toMatch(/^404: this is no answer of edge-imaging/);
  });
});
