import type { Config } from "../config.ts";
import { bucketOf, type Env } from "../env.ts";
import { fetchBucketOrigin } from "./bucket-origin.ts";
import type { OriginPort } from "./fetch-source.ts";
import { fetchS3Origin } from "./s3-origin.ts";

/** How the bucket that `ORIGIN` names is asked; undefined where it names none. */
export function openBucket(
  env: Env,
  config: Config,
  { fetch: send, now }: { readonly fetch: typeof fetch; readonly now: () => number },
): OriginPort["bucket"] {
  const { ORIGIN: origin } = config;
  if (origin.kind === "s3") {
    const credentials = {
      accessKeyId: config.S3_ACCESS_KEY_ID,
      secretAccessKey: config.S3_SECRET_ACCESS_KEY,
      region: config.S3_REGION,
    };
    const bucketPath = decodeURIComponent(origin.base.pathname).replace(/\/$/, "");
    return (request) => fetchS3Origin(send, credentials, bucketPath, request, now());
  }
  const bucket = origin.kind === "r2" ? bucketOf(env, origin.binding) : undefined;
  return bucket && ((request) => fetchBucketOrigin(bucket, request));
}
