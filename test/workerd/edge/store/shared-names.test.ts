import { describe, expect, it } from "vitest";
import { sharedNames } from "../../../../src/edge/store/shared-names.ts";

const key = { site: "https://images.test", sourcePath: "/a.jpg", directives: "", fingerprint: "3-abc" };

describe("sharedNames()", () => {
  it("fits into a key of R2, however long the path and its query are", async () => {
    const names = await sharedNames({ ...key, sourcePath: `/${"ä".repeat(16_000)}` });
    const etag = `"${"0".repeat(32)}"`;
    const lease = names.lease(etag, crypto.randomUUID());
    for (const name of [names.manifest, lease, names.purge, names.file("avif.slow", etag)]) {
      expect(new TextEncoder().encode(name).length).toBeLessThanOrEqual(1024);
    }
  });

  it("keeps sources, directives and settings apart, but a purge is for all settings", async () => {
    const [one, ...others] = await Promise.all([
      sharedNames(key),
      sharedNames({ ...key, sourcePath: "/b.jpg" }),
      sharedNames({ ...key, directives: "q=80" }),
      sharedNames({ ...key, site: "https://other.test" }),
    ]);
    for (const other of others) {
      expect(other.manifest).not.toBe(one.manifest);
      expect(other.purge).not.toBe(one.purge);
    }
    const settings = await sharedNames({ ...key, fingerprint: "3-other" });
    expect([settings.manifest === one.manifest, settings.purge === one.purge]).toEqual([false, true]);
  });
});
