/** When too much of our own work fails, everything passes for a minute. */
import { expect, test } from "vitest";
import { ImagingError } from "../../../src/imaging/model/error.ts";
import { stopSeconds, stopWindow } from "../../../src/edge/limits.ts";
import { accepts, isSame, verdictOf } from "../../support/answer.ts";
import { textOf } from "../../support/expect-picture.ts";
import { pictureOf } from "../../support/provided.ts";
import { type Edge, startEdge } from "../scripted-edge.ts";
import { jpeg } from "../scripted-origin.ts";

const source = pictureOf("photo");

async function askUntil(edge: Edge, isOver: (reason: unknown) => boolean): Promise<number> {
  for (let index = 0; index < 3 * stopWindow; index++) {
    const path = `/photo-${index}.jpg`;
    edge.origin.on(path, jpeg(source));
    const answer = await edge.get(path, accepts.avif);
    expect(answer.status).toBe(200);
    if (isOver(verdictOf(answer)["reason"])) return index;
    await edge.idle();
  }
  throw new Error("it never stops");
}

test("a codec that always fails stops the optimising; pictures pass, and after a minute it goes on", async () => {
  const edge = await startEdge({ vars: { FORMATS: "avif", ENVIRONMENT: "development" } });
  const failing = Promise.reject(new ImagingError("codec", "avif", "a codec that always fails"));
  failing.catch(() => undefined);
  edge.engine.until = failing;
  const stopped = await askUntil(edge, (reason) => reason === "bypass");
  expect(stopped).toBeGreaterThan(1);
  expect(edge.reported.filter((error) => String(error).startsWith("stop:"))).toHaveLength(1);
  expect(JSON.parse(textOf(await edge.get("/_imaging/stats")))).toMatchObject({ stops: 1 });
  const passed = await edge.get(`/photo-${stopped}.jpg`, accepts.avif);
  expect(isSame(passed.body, source)).toBe(true);

  edge.engine.until = Promise.resolve();
  edge.pass(stopSeconds);
  edge.origin.on("/after.jpg", jpeg(source));
  expect(verdictOf(await edge.settle("/after.jpg", accepts.avif))).toMatchObject({
    reason: "transcoded",
    format: "avif",
  });
});

test("files that nobody can decode are no failures of ours", async () => {
  const edge = await startEdge({ vars: { FORMATS: "avif" } });
  const damaged = source.slice(0, 2000);
  for (let index = 0; index < 2 * stopWindow; index++) {
    edge.origin.on(`/damaged-${index}.jpg`, jpeg(damaged));
    expect(verdictOf(await edge.get(`/damaged-${index}.jpg`, accepts.avif))["reason"]).not.toBe("bypass");
    await edge.idle();
  }
});
