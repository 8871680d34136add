import { createHmac } from "node:crypto";
import { array, assert, asyncProperty, constantFrom, nat } from "fast-check";
import { describe, expect, it } from "vitest";
import { parseRequestedUrl } from "../../../src/edge/negotiate/requested-url.ts";
import { checkSignature, signUrl, takeSignature } from "../../../src/edge/url-signature.ts";
import { configOf } from "../samples.ts";

const [key, other] = ["a key of some length", "another key of a length"];
const now = 1_800_000_000_000;
const later = now / 1000 + 60;

const sign = async (path: string, expires?: number, by = key): Promise<URL> =>
  signUrl(new URL(`https://images.test${path}`), by, expires);

const check = (url: URL | string, keys: readonly string[] = [key], at = now): Promise<string> =>
  checkSignature(takeSignature(new URL(url)).signature, keys, at);

describe("signUrl()", () => {
  it.each([
    ["/a.jpg", "/a.jpg"],
    ["/a.jpg?w=1&h=2", "/a.jpg?w=1&h=2"],
    ["/caf%C3%A9 b.jpg?x=ü", "/caf%C3%A9%20b.jpg?x=%C3%BC"],
    ["/a.jpg?", "/a.jpg"],
  ])("signs path and query of %s as they are written: HMAC-SHA-256 in base64url", async (path, text) => {
    const mac = createHmac("sha256", key).update(text).digest("base64url");
    expect((await sign(path)).href).toBe(
      `https://images.test${text}${text.includes("?") ? "&" : "?"}imaging-signature=${mac}`,
    );
  });

  it("signs the end as well, and replaces an older signature", async () => {
    const mac = createHmac("sha256", key).update(`/a.jpg?w=1&imaging-expires=${later}`).digest("base64url");
    const signed = await sign("/a.jpg?imaging-signature=x&w=1&imaging-expires=5", later);
    expect(signed.search).toBe(`?w=1&imaging-expires=${later}&imaging-signature=${mac}`);
  });
});

describe("checkSignature()", () => {
  it("accepts each of several keys, and no other", async () => {
    for (const by of [key, other]) {
      const signed = await sign("/a.jpg?w=1", later, by);
      expect(await check(signed, [key, other])).toBe("valid");
      expect(await check(signed, [other, key])).toBe("valid");
      expect(await check(signed, ["a third key of a length"])).toBe("wrong");
      expect(await check(signed, [])).toBe("wrong");
    }
  });

  it("ends when it says, and without an end never", async () => {
    const signed = await sign("/a.jpg", later);
    expect(await check(signed, [key], later * 1000 - 1)).toBe("valid");
    expect(await check(signed, [key], later * 1000)).toBe("expired");
    expect(await check(await sign("/a.jpg"), [key], 1e15)).toBe("valid");
    expect(await check(await sign("/a.jpg", 0))).toBe("expired");
  });

  it("takes an end that is no number for one that is over", async () => {
    for (const end of ["", "-1", "1e99", "99999999999999", "later", "0x7fffffff"]) {
      const text = `/a.jpg?imaging-expires=${end}`;
      const mac = createHmac("sha256", key).update(text).digest("base64url");
      expect(await check(`https://images.test${text}&imaging-signature=${mac}`), end).toBe("expired");
    }
  });

  it("finds every change of the URL", async () => {
    const { href } = await sign("/is/image/coat.jpg?wid=100&src=is(a?b=1&utm_x=1)", later);
    const edits: readonly ((text: string) => string)[] = [
      (text) => text.replace("wid=100", "wid=101"),
      (text) => text.replace("utm_x=1", "utm_x=2"),
      (text) => text.replace("?wid", "?utm_source=a&wid"),
      (text) => text.replace("?wid", "?&wid"),
      (text) => `${text}&`,
      (text) => `${text}&x=1`,
      (text) => `${text}&imaging-expires=${later + 1}`,
      (text) => text.replace(String(later), String(later + 1)),
      (text) => text.replace(`&imaging-expires=${later}`, ""),
      (text) => text.replace("coat.jpg", "Coat.jpg"),
      (text) => text.replace("/is/", "//is/"),
      (text) => text.replace("coat.jpg", "co%61t.jpg"),
      (text) =>
        text.replace(/imaging-signature=./, (match) => `${match.slice(0, -1)}${match.endsWith("A") ? "B" : "A"}`),
    ];
    for (const edit of edits) {
      const edited = edit(href);
      expect(edited).not.toBe(href);
      expect(await check(edited), edited).toBe("wrong");
    }
  });

  it("takes a signature that is missing, doubled or of another form for none", async () => {
    const { href } = await sign("/a.jpg", later);
    const [, value = ""] = /imaging-signature=(.+)$/.exec(href) ?? [];
    expect(await check(href.replace(/&imaging-signature=.*/, ""))).toBe("missing");
    expect(await check("https://images.test/a.jpg")).toBe("missing");
    expect(await check(`${href}&imaging-signature=${value}`)).toBe("missing");
    for (const odd of ["", value.slice(1), `${value}=`, `${value}A`, value.replace(/./, "+"), "%00".repeat(15)]) {
      expect(await check(href.replace(value, odd)), odd).toBe("wrong");
    }
  });
});

it("a valid signature holds for one picture: what it signs is in the key, and the signature is not", async () => {
  const part = constantFrom(
    "w=1",
    "w=2",
    "",
    "utm_source=a",
    "imaging-expires=9",
    "a",
    "=",
    "src=is(a?b",
    "c)",
    "imaging=off",
  );
  const config = configOf();
  await assert(
    asyncProperty(
      constantFrom("/a.jpg", "/is/image/coat", "/image/upload/f_auto/a.jpg"),
      array(part, { maxLength: 4 }),
      nat(3),
      async (path, parts, at) => {
        const plain = new URL(`https://images.test${path}${parts.length === 0 ? "" : `?${parts.join("&")}`}`);
        const signed = await signUrl(plain, key, undefined);
        expect(await check(signed)).toBe("valid");
        const read = parseRequestedUrl(signed, config);
        for (const text of [read.parsed.keyPath, read.parsed.sourcePath, read.unchangedPath, read.url.href]) {
          expect(text).not.toContain("imaging-");
        }
        // The signature of these parameters in this order is that of no others.
        const moved = [...parts.slice(at), "x=1", ...parts.slice(0, at)];
        const [, value = ""] = /(imaging-signature=.+)$/.exec(signed.href) ?? [];
        expect(await check(new URL(`${path}?${[...moved, value].join("&")}`, plain))).not.toBe("valid");
      },
    ),
    { numRuns: 100 },
  );
});
