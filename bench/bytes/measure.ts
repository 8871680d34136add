import type { FormatId } from "../../src/imaging/model/formats.ts";
import { type BenchClient, type ClientName, clients } from "./clients.ts";
import type { BenchEdge, FinalAnswer } from "./edge.ts";
import { fastAvif, type Peer, peers, type Sample, samplePeer } from "./peers.ts";
import type { BenchPicture, Group, GroupedPicture } from "./pictures.ts";
import { arePixelsEqual, createScorer, hasScores, type Scorer } from "./score.ts";

/** What one client got of one picture. */
export interface Served {
  readonly client: ClientName;
  readonly format: FormatId;
  readonly reason: string;
  readonly bytes: number;
  /** The source's own bytes. */
  readonly isUntouched: boolean;
  /** SSIMULACRA 2 against the source; undefined where nothing was to compare. */
  readonly score: number | undefined;
  /** The 3-norm of Butteraugli, of the same. */
  readonly distance?: number;
  /** Only of variants of PNGs. */
  readonly hasSamePixels: boolean | undefined;
}

export interface MeasuredPicture {
  readonly path: string;
  readonly format: FormatId;
  readonly bytes: number;
  readonly megapixels: number;
  readonly quality: number | undefined;
  readonly served: readonly Served[];
}

/** A peer beside the Worker's variant of the same format. */
export interface PeerResult {
  readonly path: string;
  readonly peer: string;
  readonly sourceBytes: number;
  readonly atDefault: Sample;
  readonly curve: readonly Sample[];
  readonly ours: { readonly bytes: number; readonly score: number };
  /** The peer's bytes at our score; undefined when it cannot reach it. */
  readonly bytesAtOurScore: number | undefined;
}

/** Conversions of CMYK and of 16 bits differ between programs by more than a variant loses; animations are not compared. */
const unscored: readonly Group[] = ["JPEG, CMYK", "TIFF", "GIF animations"];

/** Larger ones would take the bench's time with the peers' slow AVIF encodes. */
const maxPeerMegapixels = 1.1;

/** Asks for a picture as every client does and scores what is new in each answer. */
export async function measureGrouped(
  edge: BenchEdge,
  picture: GroupedPicture,
): Promise<{ measured: MeasuredPicture; peerResults: PeerResult[] }> {
  const isPhotograph = picture.group.startsWith("JPEG photographs");
  const asking = clients.filter((client) => isPhotograph || !("legacy" in client));
  const scorer = await scorerFor(picture, !unscored.includes(picture.group));
  try {
    const measured = await measureServed(edge, picture, asking, scorer);
    // Sharp turns other colour spaces to sRGB by default: that is another picture, not a better file.
    const isCompared =
      picture.group === "JPEG photographs, quality 80–92" &&
      !picture.isTagged &&
      picture.megapixels <= maxPeerMegapixels;
    const peerResults = isCompared && scorer !== undefined ? await comparePeers(picture, measured, scorer) : [];
    return { measured, peerResults };
  } finally {
    scorer?.close();
  }
}

/** The same for the classes of today's formats only. */
export async function measureMade(
  edge: BenchEdge,
  picture: BenchPicture,
  names: readonly ClientName[],
): Promise<MeasuredPicture> {
  const scorer = await scorerFor(picture, true);
  try {
    const asking = clients.filter(({ name }) => names.includes(name));
    return await measureServed(edge, picture, asking, scorer);
  } finally {
    scorer?.close();
  }
}

async function scorerFor(picture: BenchPicture, isScored: boolean): Promise<Scorer | undefined> {
  return isScored && hasScores ? createScorer(picture.bytes, picture.format) : undefined;
}

async function measureServed(
  edge: BenchEdge,
  picture: BenchPicture,
  asking: readonly (BenchClient & { readonly name: ClientName })[],
  scorer: Scorer | undefined,
): Promise<MeasuredPicture> {
  // Several clients get the same file.
  const judged = new Map<string, Promise<Pick<Served, "score" | "distance" | "hasSamePixels">>>();
  const served: Served[] = [];
  for (const client of asking) {
    const answer = await edge.settle(picture, client);
    const { format, reason, body } = answer;
    const isUntouched = body.equals(picture.bytes);
    const key = `${format} ${body.length}`;
    const verdict = judged.get(key) ?? judge(picture, answer, isUntouched, scorer);
    judged.set(key, verdict);
    served.push({ client: client.name, format, reason, bytes: body.length, isUntouched, ...(await verdict) });
  }
  const { path, format, bytes, megapixels, quality } = picture;
  return { path, format, bytes: bytes.length, megapixels, quality, served };
}

async function judge(
  picture: BenchPicture,
  { format, body }: FinalAnswer,
  isUntouched: boolean,
  scorer: Scorer | undefined,
): Promise<Pick<Served, "score" | "distance" | "hasSamePixels">> {
  if (isUntouched) return { score: undefined, hasSamePixels: undefined };
  return {
    ...(await judgeLook(picture, body, format, scorer)),
    hasSamePixels: picture.format === "png" ? await arePixelsEqual(picture.bytes, body) : undefined,
  };
}

async function judgeLook(
  { path }: BenchPicture,
  body: Uint8Array,
  format: FormatId,
  scorer: Scorer | undefined,
): Promise<Pick<Served, "score" | "distance">> {
  const score = await scorer?.score(body, format).catch((error: unknown) => complain(path, error));
  const distance = await scorer?.distance(body, format).catch((error: unknown) => complain(path, error));
  return { score, ...(distance !== undefined && { distance }) };
}

/** A picture that the tools do not read is no reason to lose all the others' figures. */
function complain(path: string, error: unknown): undefined {
  console.error(`${path} could not be scored: ${String(error)}`);
}

async function comparePeers(picture: BenchPicture, { served }: MeasuredPicture, scorer: Scorer): Promise<PeerResult[]> {
  const results: PeerResult[] = [];
  for (const peer of [...peers, fastAvif] as readonly Peer[]) {
    const ours = served.find(({ client, format }) => client === peer.format && format === peer.format);
    if (ours?.score === undefined) continue;
    const samples = samplePeer(peer, picture.bytes, scorer);
    const curve: Sample[] = [];
    for (const quality of peer.curve) curve.push(await samples.at(quality));
    results.push({
      path: picture.path,
      peer: peer.name,
      sourceBytes: picture.bytes.length,
      atDefault: await samples.at(peer.defaultQuality),
      curve,
      ours: { bytes: ours.bytes, score: ours.score },
      bytesAtOurScore: await samples.bytesAtScore(ours.score),
    });
  }
  return results;
}

/** Runs a job for each item, a few at a time; the results keep the order. */
export async function mapConcurrently<Item, Result>(
  items: readonly Item[],
  width: number,
  job: (item: Item) => Promise<Result>,
): Promise<Result[]> {
  const results: Result[] = [];
  let next = 0;
  const worker = async (): Promise<void> => {
    while (next < items.length) {
      const index = next++;
      results[index] = await job(items[index]);
    }
  };
  await Promise.all(Array.from({ length: width }, worker));
  return results;
}
