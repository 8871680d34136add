/** Whose picture a client gets, in whatever order clients ask and whatever says that it is somebody's own. */
import { describe, expect, test } from "vitest";
import { type Answer, accepts, isHit } from "../../support/answer.ts";
import { pictureOf } from "../../support/provided.ts";
import { type Edge, startEdge } from "../scripted-edge.ts";
import {
  html,
  jpeg,
  type OriginRequest,
  redirect,
  type Script,
  type ScriptedOrigin,
  status,
} from "../scripted-origin.ts";

type Fields = Readonly<Record<string, string>>;

const [alice, bob, nobody] = ["alice", "bob", "nobody"] as const;
const pictures: Readonly<Record<string, Uint8Array>> = { alice: pictureOf("changed"), bob: pictureOf("third") };

const ownerOf = ({ headers }: OriginRequest): string => /user=(\w+)/.exec(headers["cookie"] ?? "")?.[1] ?? nobody;

/** The picture of the cookie's owner, which says whose it is. */
const own =
  (fields: Fields): Script =>
  (request, count) => {
    const owner = ownerOf(request);
    const said = Object.entries(fields).map(([name, value]) => [name, value.replace("OWNER", owner)] as const);
    const script = jpeg(pictures[owner] ?? pictureOf("photo"), { "x-owner": owner, ...Object.fromEntries(said) });
    return script(request, count);
  };

const byOwner =
  (others: Script, owners: Script): Script =>
  (request, count) =>
    (ownerOf(request) === nobody ? others : owners)(request, count);

const statements: Readonly<Record<string, Fields>> = {
  private: { "cache-control": "private, max-age=86400" },
  "no-store": { "cache-control": "no-store" },
  "private for one field": { "cache-control": 'private="x-owner", max-age=86400' },
  "a cookie": { "set-cookie": "session=OWNER" },
  "Vary: *": { vary: "Accept, *" },
  "no-store for CDNs": { "cdn-cache-control": "no-store" },
};

/** Ways in which an origin gives to each what is its own, below `/a.jpg`. */
const origins: Readonly<Record<string, (origin: ScriptedOrigin, said: Fields) => void>> = {
  "the picture itself": (origin, said) => origin.on("/a.jpg", own(said)),
  "what a permanent redirect leads to": (origin, said) => {
    origin.on("/a.jpg", redirect("/b.jpg", 301));
    origin.on("/b.jpg", own(said));
  },
  "what a temporary redirect leads to": (origin, said) => {
    origin.on("/a.jpg", redirect("/b.jpg"));
    origin.on("/b.jpg", own(said));
  },
  "the picture, which is refused to others": (origin, said) =>
    origin.on("/a.jpg", byOwner(status(403, "no"), own(said))),
  "the picture, in place of which others get a page": (origin, said) =>
    origin.on("/a.jpg", byOwner(html("log in"), own(said))),
  "the picture, while others are led to a page": (origin, said) => {
    origin.on("/log-in", html("log in"));
    origin.on("/a.jpg", byOwner(redirect("/log-in"), own(said)));
  },
  "the picture, of which others hear, each for itself alone, that there is none": (origin, said) =>
    origin.on("/a.jpg", byOwner(status(404, "none", { "cache-control": "private" }), own(said))),
};

const cookieOf = (client: string): Fields => (client === nobody ? {} : { cookie: `theme=dark; user=${client}` });

/** A redirect to what is the client's own is followed by the client itself. */
async function askAs(edge: Edge, client: string): Promise<Answer> {
  const answer = await edge.get("/a.jpg", accepts.webp, cookieOf(client));
  const location = client === nobody ? undefined : answer.headers["location"];
  return location === undefined ? answer : edge.get(location, accepts.webp, cookieOf(client));
}

function expectOwn(client: string, answer: Answer): void {
  const seen = `${client}: ${answer.status} ${JSON.stringify(answer.headers)}`;
  if (client !== nobody) expect([answer.status, answer.headers["x-owner"]], seen).toEqual([200, client]);
  else expect(answer.headers["x-owner"] ?? nobody, seen).toBe(nobody);
  expect(
    answer.cookies.filter((cookie) => cookie !== `session=${client}`),
    seen,
  ).toEqual([]);
  if (answer.headers["x-owner"] !== undefined) expect(isHit(answer), seen).toBe(false);
}

describe.each(Object.keys(origins))("%s", (way) => {
  test.each(Object.keys(statements))("says %s: everybody gets what is his own", async (statement) => {
    const start = async (): Promise<Edge> => {
      const edge = await startEdge({ vars: { FORMATS: "webp" } });
      origins[way]?.(edge.origin, statements[statement] ?? {});
      return edge;
    };
    for (const clients of [
      [nobody, alice, bob, alice, nobody],
      [alice, bob, nobody, bob],
    ]) {
      const edge = await start();
      for (const client of clients) {
        expectOwn(client, await askAs(edge, client));
        await edge.idle();
      }
    }
    const edge = await start();
    const clients = [alice, bob, nobody, alice];
    const answers = await Promise.all(clients.map((client) => askAs(edge, client)));
    for (const [index, answer] of answers.entries()) expectOwn(clients[index] ?? nobody, answer);
  });
});
