import type { SourceKey } from "../key.ts";
import type { SourceRecord } from "../plan/known-source.ts";
import type { VariantId } from "../targets.ts";
import type { StoredSource } from "./variant-store.ts";

type Bytes = Uint8Array<ArrayBuffer>;

/** What all data centres know of a source. */
export interface SharedSource extends StoredSource {
  /** Of the manifest; undefined where there is none. It is written again only on condition that it still has this one. */
  readonly version: string | undefined;
  /** When the manifest was written, in milliseconds since the epoch. */
  readonly writtenAt: number;
}

/** `outrun`: somebody else has written it since it was read. */
export type Written = "written" | "outrun" | "failed";

/**
 * Where variants are kept for all data centres. It is read and written seldom: each call crosses the network and costs
 * money. A store that fails or is slow is empty, or loses a write; it never rejects.
 */
export interface SharedStore {
  /** Undefined where the store cannot be read now. */
  read(key: SourceKey): Promise<SharedSource | undefined>;
  /** @param version of the manifest that this one replaces; undefined for the first one */
  write(key: SourceKey, record: SourceRecord, version: string | undefined): Promise<Written>;
  readBytes(key: SourceKey, id: VariantId | "original", etag: string): Promise<Bytes | undefined>;
  hasBytes(key: SourceKey, id: VariantId | "original", etag: string): Promise<boolean>;
  writeBytes(key: SourceKey, id: VariantId | "original", bytes: Bytes, etag: string): Promise<boolean>;
  /** Whether no purge has begun another generation since. True where that cannot be found out now. */
  isCurrent(key: SourceKey, generation: string): Promise<boolean>;
  /** Begins another generation. */
  purge(key: SourceKey, generation: string): Promise<boolean>;
}
