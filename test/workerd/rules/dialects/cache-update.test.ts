/** A URL that asks for a fresh copy of itself: from the operator alone. */
import { describe, expect, test } from "vitest";
import { accepts, type Answer, isHit } from "../../../support/answer.ts";
import { pictureOf } from "../../../support/provided.ts";
import type { Edge } from "../../scripted-edge.ts";
import { nameOf, sourceOf } from "../../scripted-engine.ts";
import { jpeg } from "../../scripted-origin.ts";
import { askedOf, authorization, edgeWith, source, token } from "./dialect-edge.ts";

describe("cache=update", () => {
  /** A stored picture whose origin has a new one since. */
  async function outdated(edge: Edge, path: string): Promise<{ target: string; changed: Uint8Array }> {
    const changed = pictureOf("changed");
    edge.origin.on(path, jpeg(source));
    const target = `${path}?wid=90`;
    for (const accept of [accepts.webp, accepts.baseline]) {
      await edge.settle(target, accept);
      await edge.hit(target, accept);
    }
    edge.origin.on(path, jpeg(changed));
    return { target, changed };
  }

  const shows = ({ body }: Answer, picture: Uint8Array): boolean => sourceOf(body) === nameOf(picture);

  test("with the admin token the URL is made again for everybody", async () => {
    const edge = await edgeWith();
    const path = "/is/image/shop/updated";
    const { target, changed } = await outdated(edge, path);
    const first = await edge.get(`${target}&cache=update`, accepts.webp, { authorization });
    expect(first.status).toBe(200);
    expect(isHit(first)).toBe(false);
    expect(shows(first, changed)).toBe(true);
    for (const accept of [accepts.webp, accepts.baseline])
      expect(shows(await edge.settle(target, accept), changed), accept).toBe(true);
    expect(askedOf(edge, path)).toEqual([target, target]);
    expect(edge.origin.requests(path).at(-1)?.headers["authorization"]).toBeUndefined();
  });

  test.each(["CACHE=update", "Cache=UPDATE", "cache=%75pdate"])(
    "%s is read like any modifier of Scene7, and the token stays here",
    async (modifier) => {
      const edge = await edgeWith();
      const path = `/is/image/shop/updated-${modifier.length}-${modifier.charCodeAt(1)}`;
      const { target, changed } = await outdated(edge, path);
      await edge.get(`${target}&${modifier}`, accepts.webp, { authorization });
      expect(edge.origin.requests(path).map(({ headers }) => headers.authorization)).toEqual([undefined, undefined]);
      expect(shows(await edge.settle(target, accepts.webp), changed)).toBe(true);
    },
  );

  test("without the token it is ignored, and a hit", async () => {
    const edge = await edgeWith();
    const path = "/is/image/shop/not-updated";
    const { target } = await outdated(edge, path);
    const answer = await edge.get(`${target}&cache=update`, accepts.webp);
    expect(isHit(answer)).toBe(true);
    expect(shows(answer, source)).toBe(true);
    expect(askedOf(edge, path)).toEqual([target]);
  });

  test("with a wrong token what is kept stays as it is", async () => {
    const edge = await edgeWith();
    const path = "/is/image/shop/wrong-token";
    const { target } = await outdated(edge, path);
    for (const wrong of ["Bearer wrong", `Basic ${token}`, "Bearer "])
      expect((await edge.get(`${target}&cache=update`, accepts.webp, { authorization: wrong })).status).toBe(200);
    const answer = await edge.get(target, accepts.webp);
    expect(isHit(answer)).toBe(true);
    expect(shows(answer, source)).toBe(true);
  });

  test("without an ADMIN_TOKEN nobody may, whatever token is shown", async () => {
    const edge = await edgeWith({ ADMIN_TOKEN: "" });
    const { target } = await outdated(edge, "/is/image/shop/no-token");
    await edge.get(`${target}&cache=update`, accepts.webp, { authorization: "Bearer " });
    await edge.get(`${target}&cache=update`, accepts.webp);
    expect(isHit(await edge.get(target, accepts.webp))).toBe(true);
  });

  test("the larger renderings are made again as well", async () => {
    const edge = await edgeWith({ DPR: "on" });
    const path = "/is/image/shop/updated-dense";
    const dense = { "sec-ch-dpr": "2" };
    const { target, changed } = await outdated(edge, path);
    edge.origin.on(path, jpeg(source));
    await edge.settle(target, accepts.webp, dense);
    await edge.hit(target, accepts.webp, dense);
    edge.origin.on(path, jpeg(changed));
    await edge.get(`${target}&cache=update`, accepts.webp, { authorization });
    expect(shows(await edge.settle(target, accepts.webp, dense), changed)).toBe(true);
    expect(shows(await edge.settle(target, accepts.webp), changed)).toBe(true);
  });

  test("is the origin's business outside of Scene7", async () => {
    const edge = await edgeWith();
    const path = "/plain-update.jpg";
    edge.origin.on(path, jpeg(source));
    await edge.settle(`${path}?cache=update`, accepts.webp);
    expect(askedOf(edge, path)).toEqual([`${path}?cache=update`]);
  });
});
