/** Two gateways, an encoder in a process of its own, and the emulator's R2 and queue. */
import { mkdtemp, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { launchFleet, type LocalFleet } from "../../scripts/fleet/launch.ts";
import { accepts, type Answer, verdictOf } from "../support/answer.ts";
import { pause } from "../support/edge.ts";
import { expectPicture } from "../support/expect-picture.ts";
import { ask } from "../support/http.ts";
import { baselinePhoto } from "../support/pictures.ts";
import { jpeg, type ScriptedOrigin, sequence, startScriptedOrigin } from "../support/scripted-origin.ts";

let [origin, fleet, folder]: [ScriptedOrigin?, LocalFleet?, string?] = [];

beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), "edge-imaging-fleet-"));
  origin = await startScriptedOrigin();
  fleet = await launchFleet({ gateways: 2, vars: { ORIGIN: origin.url, FORMATS: "jxl,webp" }, folder });
});

afterAll(async () => {
  await Promise.all([fleet?.close(), origin?.close()]);
  if (folder !== undefined) await rm(folder, { recursive: true, force: true });
});

interface Stats {
  readonly encodes: Readonly<Record<string, number>>;
}

describe("a fleet", () => {
  test("fetches and encodes a picture once, and sends the same file everywhere", async () => {
    if (origin === undefined || fleet === undefined) throw new Error("it has not started");
    const source = await baselinePhoto();
    origin.on("/new.jpg", jpeg(source));
    const get = (url: string): Promise<Answer> => ask(`${url}/new.jpg`, { headers: { accept: accepts.chrome } });
    const first = await Promise.all(fleet.urls.map(get));
    for (const { status } of first) expect(status).toBe(200);
    const finals = await Promise.all(
      fleet.urls.map(async (url) => {
        for (let round = 0; round < 240; round++) {
          const answer = await get(url);
          if (verdictOf(answer)["reason"] !== "interim") return answer;
          await pause(500);
        }
        throw new Error(`${url} is still interim`);
      }),
    );
    for (const answer of finals) {
      expectPicture(answer, { format: "jxl", source: "jpeg", reason: "transcoded", original: source });
      expect(answer.headers["etag"]).toBe(finals[0]?.headers["etag"]);
    }
    expect(origin.count("/new.jpg")).toBeLessThanOrEqual(2);
    const stats = await Promise.all(
      [...fleet.urls, fleet.encoderUrl].map(async (url) => {
        const { body } = await ask(`${url}/_imaging/stats`);
        return JSON.parse(new TextDecoder().decode(body)) as Stats;
      }),
    );
    const encodes = stats.flatMap((each) => Object.entries(each.encodes));
    expect(encodes.toSorted(([one], [other]) => one.localeCompare(other))).toEqual([
      ["jxl", 1],
      ["webp", 1],
    ]);
  });

  test("purges a picture by the URL of any gateway, for all of them", async () => {
    if (origin === undefined || fleet === undefined) throw new Error("it has not started");
    const [one = "", other = ""] = fleet.urls;
    origin.on("/purged.jpg", sequence(jpeg(await baselinePhoto()), jpeg(await baselinePhoto(2))));
    const headers = { accept: accepts.webp };
    const before = await ask(`${one}/purged.jpg`, { headers });
    const body = JSON.stringify({ urls: [`${other}/purged.jpg`] });
    const purged = await ask(`${other}/_imaging/purge`, { method: "POST", body });
    expect([purged.status, JSON.parse(purged.body.toString("utf8"))]).toMatchObject([
      200,
      { urls: [{ shared: "purged" }] },
    ]);
    const after = await ask(`${other}/purged.jpg`, { headers });
    expect(verdictOf(after)["from"]).not.toBe(verdictOf(before)["from"]);
  });
});
