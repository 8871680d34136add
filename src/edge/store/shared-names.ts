import { sha256OfText } from "../digest.ts";
import type { SourceKey } from "../key.ts";
import type { VariantId } from "../targets.ts";

/** Names of one source's objects in the store that all data centres share. */
export interface SharedNames {
  /** What is known of the source under these settings. */
  readonly manifest: string;
  /** Who makes variants of one version of it now: work on an older one must not hold up that on a newer one. */
  lease(etag: string, generation: string): string;
  /** The mark of the last purge, whatever the settings. */
  readonly purge: string;
  /** Bytes, which never change under their name: it holds their entity tag. */
  file(id: VariantId | "original", etag: string): string;
}

/**
 * A key of R2 has 1,024 bytes at most, and a path with its query may be longer: sources are named by a digest. Bytes do
 * not depend on the settings by their name, since their entity tag is their own digest; the manifest says which of them
 * belong to which settings, version of the source and generation.
 */
export async function sharedNames({ site, sourcePath, directives, fingerprint }: SourceKey): Promise<SharedNames> {
  const source = await sha256OfText([site, sourcePath, directives].join("\n"));
  return {
    manifest: `manifest/${source}/${fingerprint}`,
    lease: (etag, generation) => `lease/${source}/${fingerprint}/${generation}/${unquoted(etag)}`,
    purge: `purge/${source}`,
    file: (id, etag) => `file/${source}/${id}/${unquoted(etag)}`,
  };
}

function unquoted(etag: string): string {
  return etag.replaceAll('"', "");
}
