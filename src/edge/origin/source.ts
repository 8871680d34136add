import type { FormatId } from "../../imaging/model/formats.ts";
import type { ImageRequest } from "../negotiate/image-request.ts";
import type { Audience } from "../plan/audience.ts";
import type { KnownSource } from "../plan/known-source.ts";
import type { Reason } from "../reasons.ts";
import type { Ports } from "../ports.ts";
import type { Room } from "../backend/memory-ledger.ts";
import type { StoredSource } from "../store/variant-store.ts";
import type { PassedUrl } from "./origin-memory.ts";
import type { OpenedBody } from "./read-body.ts";

/**
 * When a request is to be repeated with all fields of the client's own: never, for a client that sent a cookie, or for any
 * client. `once` says nothing about later requests.
 */
export type AskAgain = "no" | "with-cookie" | "always" | "once";

/** An origin's answer that is handed to one client only, as it is. */
export interface ForwardedSource {
  readonly kind: "passed";
  readonly response: Response;
  readonly reason: Reason;
  readonly format: FormatId | undefined;
  /** The body, once reading has started. */
  readonly opened: OpenedBody | undefined;
  /** Whether the client's own request could get another answer. */
  readonly askAgain: AskAgain;
  /** What the next requests for the URL may know of it. */
  readonly remember?: PassedUrl | undefined;
  /** To be called when what has been read of the body is not held any more. */
  readonly release?: () => void;
}

/** A source that may be stored, and shared with its audience. */
export interface LoadedSource {
  readonly kind: "loaded";
  readonly known: KnownSource;
  readonly audience: Audience;
  /** What the store held when this load began. */
  readonly stored: StoredSource;
  /** Undefined where the store has lost them, and the origin has not been asked. */
  readonly bytes: Uint8Array<ArrayBuffer> | undefined;
  /** Where it came from: kept and fresh, kept and served although it is stale, confirmed or delivered by the origin. */
  readonly from: "cache" | "stale" | "origin";
  /** Why the origin was asked, if it was. */
  readonly why: "uri-miss" | "stale";
}

export type Source = ForwardedSource | LoadedSource;

/** What is known of a source for one request before the origin is asked. */
export interface KeptSource {
  readonly known: KnownSource;
  readonly audience: Audience;
  readonly bytes: Uint8Array<ArrayBuffer> | undefined;
}

/** One load of a source. */
export interface Load {
  readonly image: ImageRequest;
  readonly services: Ports;
  readonly stored: StoredSource;
  readonly kept: KeptSource | undefined;
  /** Counts what is read of the source, until the flight counts it or has passed it on. */
  readonly room: Room;
}
