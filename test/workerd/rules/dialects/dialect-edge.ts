/** What the tests of URL grammars share. */
import { expect } from "vitest";
import { type Answer, verdictOf } from "../../../support/answer.ts";
import { expectPicture } from "../../../support/expect-picture.ts";
import { pictureOf } from "../../../support/provided.ts";
import { type Edge, startEdge } from "../../scripted-edge.ts";

export const token = "a-token-of-some-length";
export const authorization = `Bearer ${token}`;
/** A page's Accept: such a request is one for an image only by its URL. */
export const navigation = "text/html,application/xhtml+xml,image/avif,image/webp,*/*;q=0.8";
export const source = pictureOf("photo");

export const edgeWith = (vars: Readonly<Record<string, string>> = {}): Promise<Edge> =>
  startEdge({ vars: { ADMIN_TOKEN: token, ...vars } });

/** The paths and queries that the origin was asked for, in order. */
export const askedOf = ({ origin }: Edge, path: string): readonly string[] =>
  origin.requests(path).map(({ url }) => url);

export function expectTranscoded(answer: Answer): void {
  expectPicture(answer, { format: "avif", source: "jpeg", reason: "transcoded", original: source });
}

/** A finished variant whose Vary may name the pixel ratio. */
export function expectDprPicture(answer: Answer, format: string): void {
  const seen = JSON.stringify(answer.headers, undefined, 1);
  expect(answer.status, seen).toBe(200);
  expect(verdictOf(answer), seen).toMatchObject({ format, reason: "transcoded" });
}
