/** What names, URLs and origins say stays what it is: no header field, no line, no markup of its own. */
import { describe, expect, test } from "vitest";
import { accepts, type Answer, verdictOf } from "../../support/answer.ts";
import { textOf } from "../../support/expect-picture.ts";
import { pictureOf } from "../../support/provided.ts";
import { startEdge } from "../scripted-edge.ts";
import { jpeg } from "../scripted-origin.ts";

const source = pictureOf("photo");

const names = [
  `a".jpg`,
  `a".html.jpg`,
  `a%22; filename=evil.html; x=%22.jpg`,
  `a%0d%0aSet-Cookie:%20x=1%0d%0a%0d%0a<script>alert(1)</script>.jpg`,
  `%0aevil.jpg`,
  `a%00.html%00.jpg`,
  `<script>alert(1)</script>.jpg`,
  `"><img src=x onerror=alert(1)>.jpg`,
  `..%2f..%2fetc%2fpasswd.jpg`,
  `..%5c..%5cboot.jpg`,
  `CON.jpg`,
  `%e2%80%aegpj.exe.jpg`,
  `%ff%fe.jpg`,
  `%c3.jpg`,
  `%.jpg`,
  `%zz.jpg`,
  `${"n".repeat(3000)}.jpg`,
  `${"%f0%9f%93%b7".repeat(500)}.jpg`,
  `a;filename*=utf-8''evil.html.jpg`,
  `a,b;c=d.jpg`,
  `\u2028<b>.jpg`,
];

const wellFormed =
  /^inline; filename="[\x20\x21\x23-\x5b\x5d-\x7e]{1,104}"; filename\*=UTF-8''(?:[A-Za-z0-9!#$&+.^_`|~-]|%[0-9A-F]{2})+$/;

/** No field that nobody meant: these are all that an answer about a picture of this origin has. */
const expectedFields = [
  "accept-ch",
  "accept-ranges",
  "age",
  "cache-control",
  "cache-status",
  "content-disposition",
  "content-length",
  "content-type",
  "date",
  "edge-imaging",
  "etag",
  "vary",
  "x-content-type-options",
];

const titled = (text: string): readonly [title: string, text: string] => [text.slice(0, 60), text];

test.each(names.map(titled))("a file called %j is saved under one name of its format", async (_title, name) => {
  const edge = await startEdge({ vars: { FORMATS: "webp" } });
  const path = new URL(`http://a/x/${name}`).pathname;
  edge.origin.on(path, jpeg(source));
  const answer = await edge.settle(path, accepts.webp);
  expect(verdictOf(answer)["format"]).toBe("webp");
  const disposition = answer.headers["content-disposition"] ?? "";
  expect(disposition).toMatch(wellFormed);
  expect(disposition).toMatch(/\.webp"; filename\*=UTF-8''.*\.webp$/);
  expect(Object.keys(answer.headers).filter((field) => !expectedFields.includes(field))).toEqual([]);
});

test.each(
  [
    `attachment; filename="a.jpg\r\n`,
    `attachment; filename="<script>alert(1)</script>.jpg"`,
    `attachment; filename="a\\".html"; filename*=UTF-8''%0d%0aevil.jpg`,
    `attachment; filename*=UTF-8''..%2f..%2fevil.jpg`,
    `attachment; filename=a.jpg; filename=evil.exe`,
    `inline; filename="${"a".repeat(5000)}.jpg"`,
    `attachment;${" ".repeat(5000)};${";a=\\".repeat(1000)}`,
  ].map(titled),
)("an origin's Content-Disposition stays one field: %j", async (_title, value) => {
  const edge = await startEdge({ vars: { FORMATS: "webp" } });
  edge.origin.on("/a.jpg", jpeg(source, { "content-disposition": value.replace("\r\n", "") }));
  const answer = await edge.settle("/a.jpg", accepts.webp);
  const disposition = answer.headers["content-disposition"] ?? "";
  expect(disposition.replace(/^attachment/, "inline")).toMatch(wellFormed);
  expect(disposition).toMatch(/\.webp$/);
});

const markup = `"><script>alert(1)</script><img src=x onerror=alert(2)>'`;

/** Text that no browser shows as a page, whatever is in it. */
function expectInert(answer: Answer): void {
  const seen = JSON.stringify(answer.headers);
  expect(answer.headers["content-type"], seen).toMatch(
    /^(?:text\/plain; charset=utf-8|application\/(?:problem\+)?json)$/,
  );
  expect(answer.headers["x-content-type-options"], seen).toBe("nosniff");
  for (const [name, value] of Object.entries(answer.headers)) {
    // The operator's own words, as a quoted string.
    if (name !== "edge-imaging-config") expect(value, name).not.toMatch(/[<>\r\n]/);
  }
}

describe("explain", () => {
  test.each(["text/html", "application/json"])("for %s is text about whatever it is asked about", async (accept) => {
    const edge = await startEdge({ vars: { ENVIRONMENT: "development", FORMATS: "webp" } });
    const path = `/<script>alert(3)</script>.jpg`;
    const fields = { etag: `"<script>alert(4)</script>"`, "last-modified": markup, "content-type": `image/${markup}` };
    edge.origin.on(new URL(`http://a${path}`).pathname, jpeg(source, fields));
    const parameters = [
      { url: path },
      { url: `${path}?fmt=${markup}&qlt=${markup}` },
      { url: `/is/image/${markup}?wid=${markup}&fmt=${markup}&op_usm=${markup}&$${markup}$` },
      { url: `/image/upload/f_auto,q_${markup}/${path}` },
      { url: path, accept: `image/webp, ${markup}`, ua: `Chrome/1 ${markup}`, dpr: markup, ect: markup },
      { url: markup },
      { url: `https://evil.example/${markup}` },
      { url: path, ua: "a\r\nset-cookie: x=1" },
      { url: path, accept: "\u0000" },
    ];
    for (const parameter of parameters) {
      const query = new URLSearchParams(parameter as Record<string, string>);
      const answer = await edge.ask(`/_imaging/explain?${query.toString()}`, { headers: { accept } });
      expect([200, 400], JSON.stringify(parameter)).toContain(answer.status);
      expectInert(answer);
      expect(answer.cookies).toEqual([]);
      if (answer.headers["content-type"]?.includes("json")) JSON.parse(textOf(answer));
    }
  });
});

test("answers of ours to hosts, paths, methods and bodies with markup are text", async () => {
  const edge = await startEdge({ vars: { ENVIRONMENT: "development", HOSTS: "shop.test" } });
  const headers = { host: "shop.test" };
  const answers = [
    await edge.ask("/a.jpg", { headers: { host: "evil.example" } }),
    await edge.ask(`/_imaging/${markup}`, { headers }),
    await edge.ask("/_imaging/stats", { method: "DELETE", headers }),
    await edge.ask("/_imaging/stats", { headers }),
    await edge.ask("/_imaging/health", { headers }),
    await edge.ask("/_imaging/purge", { method: "POST", headers, body: markup }),
    await edge.ask("/_imaging/purge", { method: "POST", headers, body: JSON.stringify({ urls: [`ftp:${markup}`] }) }),
    await edge.ask("/_imaging/purge", { method: "POST", headers, body: JSON.stringify({ urls: [`/${markup}.jpg`] }) }),
    await edge.ask("/a.jpg", { headers: { ...headers, "cdn-loop": "edge-imaging" } }),
  ];
  for (const answer of answers) expectInert(answer);
});

test("settings with markup are named in text", async () => {
  const edge = await startEdge({ vars: { MODE: markup, NETWORK: "\u00e9\u2028" } });
  edge.origin.on("/a.jpg", jpeg(source));
  const answer = await edge.get("/a.jpg", accepts.webp);
  expect(answer.status).toBe(200);
  expect(answer.headers["edge-imaging-config"]).toMatch(/^[\x20-\x7e]+$/);
  expectInert(await edge.ask("/_imaging/health"));
});

test("the page and its parts run no script but their own, whatever is in their URL", async () => {
  const edge = await startEdge({ vars: { ENVIRONMENT: "development" } });
  const plain = await Promise.all(["", "inspector.js", "inspector.css"].map((part) => edge.ask(`/_imaging/${part}`)));
  for (const [index, part] of ["", "inspector.js", "inspector.css"].entries()) {
    const answer = await edge.ask(`/_imaging/${part}?url=${encodeURIComponent(markup)}`);
    expect(answer.body).toEqual(plain[index]?.body);
    const policy = answer.headers["content-security-policy"] ?? "";
    expect(policy).toMatch(/^default-src 'none';/);
    expect(policy).not.toMatch(/unsafe|\*|https?:|script-src[^;]*(?:data:|blob:)/);
    expect(policy).toMatch(/script-src 'self';.*base-uri 'none';.*frame-ancestors 'none'/);
    expect(answer.headers["x-content-type-options"]).toBe("nosniff");
  }
  // Nothing in it makes markup or code of text.
  expect(textOf(plain[1])).not.toMatch(
    /innerHTML|outerHTML|insertAdjacentHTML|document\.write|\beval\(|new Function|setHTML|srcdoc|DOMParser|createContextualFragment/,
  );
});

test("a page under the name of a picture is shown as none of ours", async () => {
  const edge = await startEdge({ vars: { ENVIRONMENT: "development" } });
  for (const type of ["text/html", "image/svg+xml", "image/jpeg", "application/xhtml+xml", "text/xml"]) {
    edge.origin.on("/evil.jpg", () => new Response("<script>alert(1)</script>", { headers: { "content-type": type } }));
    const answer = await edge.ask("/_imaging/original?url=/evil.jpg");
    expect(answer.headers["content-security-policy"], type).toBe("sandbox; default-src 'none'");
    expect(answer.headers["x-content-type-options"], type).toBe("nosniff");
  }
});
