import type { SourceKey } from "../key.ts";
import type { SourceRecord } from "../plan/known-source.ts";
import type { VariantId } from "../targets.ts";

type Bytes = Uint8Array<ArrayBuffer>;

/** What a store holds of a source. */
export interface StoredSource {
  /** Undefined when there is none, and when it is older than the last purge. */
  readonly record: SourceRecord | undefined;
  /** The generation of what may be stored now: the last purge's, else the record's; undefined where there is neither. */
  readonly generation: string | undefined;
  /** A purge is remembered; false also where the record was taken without asking. */
  readonly wasPurged: boolean;
  /** See `VariantStore.purge()`. */
  readonly missed?: readonly string[] | undefined;
}

/** What a purge found. */
export interface PurgedSource {
  readonly record: SourceRecord | undefined;
  /** Writes and deletions that failed: something old may still be there. */
  readonly failures: number;
  /** Whether it is void for other data centres too; undefined where nothing is shared. */
  readonly isSharedPurged?: boolean;
}

/**
 * Where records and bytes are kept. A store that fails is empty, or loses a write; it never rejects. Bytes are found by
 * their entity tag only, which a record names: without a record they cannot be reached.
 */
export interface VariantStore {
  /**
   * @param trusted a generation whose record is taken as it is: a purge that begins another one removes the record
   * @param isNearEnough whether what other data centres know is of no interest
   */
  readRecord(key: SourceKey, trusted?: string, isNearEnough?: boolean): Promise<StoredSource>;
  writeRecord(key: SourceKey, record: SourceRecord, keepSeconds: number): Promise<boolean>;
  /**
   * Bytes whose ETag is the expected one; another version of the picture is as good as none.
   * @param isNeeded whether it may take long to get them; true when left out
   */
  readBytes(key: SourceKey, id: VariantId | "original", etag: string, isNeeded?: boolean): Promise<Bytes | undefined>;
  writeBytes(key: SourceKey, id: VariantId | "original", bytes: Bytes, etag: string): Promise<boolean>;
  /** Whether no purge has begun another generation since. */
  isCurrent(key: SourceKey, generation: string): Promise<boolean>;
  /**
   * Begins another generation: every older record is void, also one that is written after this.
   * @param generation its name; a new one when left out
   * @param missed older generations that another store may still have, since it could not be reached
   */
  purge(key: SourceKey, generation?: string, missed?: readonly string[]): Promise<PurgedSource>;
}
