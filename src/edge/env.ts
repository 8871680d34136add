import type { DeadLetter, EncodeMessage } from "./backend/encode-message.ts";
import type { SettingName } from "./settings.ts";

/** What wrangler binds. Every setting is a variable; other bindings are used when they are present. */
export type Env = Readonly<Partial<Record<SettingName, string | number | boolean>>> & {
  /** `development` comes from the committed `.dev.vars` only, which wrangler never deploys. */
  readonly ENVIRONMENT?: string;
  /** Static assets of the demo origin; bound in development only. */
  readonly DEMO?: AssetsBinding;
  /** Bounds the new pictures that one client may have encoded; optional. */
  readonly RATE_LIMITER?: RateLimiter;
  /** Keeps sources and variants for all data centres; optional, and used together with `JOBS`. */
  readonly VARIANTS?: Bucket;
  /** Leads to the encoder. */
  readonly JOBS?: JobQueue<EncodeMessage>;
  /** Of the encoder: leads to itself, for what is not asked for at this moment. */
  readonly BACKFILL?: JobQueue<EncodeMessage>;
  /** Of the encoder: where messages end that it cannot work on, with the reason. */
  readonly DEAD?: JobQueue<DeadLetter>;
  /** Of a gateway: the encoder, for its counts. */
  readonly ENCODER?: AssetsBinding;
  /** Takes a point for each answer that is no hit, and for some of the others; optional. */
  readonly METRICS?: Metrics;
};

/** What is used of a rate-limiting binding. */
export interface RateLimiter {
  limit(options: { readonly key: string }): Promise<{ readonly success: boolean }>;
}

/** What is used of an R2 object. */
export interface BucketObject {
  readonly etag: string;
  readonly uploaded: Date;
}

/** The same with its bytes. */
export interface BucketBody extends BucketObject {
  arrayBuffer(): Promise<ArrayBuffer>;
  text(): Promise<string>;
  json<Value>(): Promise<Value>;
}

/** A write that is done on a condition, of which R2 grants one of many. */
interface PutOptions {
  readonly onlyIf?: { readonly etagMatches?: string; readonly etagDoesNotMatch?: string };
}

/** What is used of an R2 bucket. */
export interface Bucket {
  get(name: string): Promise<BucketBody | null>;
  head(name: string): Promise<BucketObject | null>;
  /** Null where the condition does not hold. */
  put(name: string, value: string | Uint8Array, options?: PutOptions): Promise<BucketObject | null>;
  delete(name: string): Promise<void>;
}

/** What is used of an object of a bucket that is an origin. */
export interface SourceObject {
  readonly size: number;
  /** With its quotes. */
  readonly httpEtag: string;
  readonly uploaded: Date;
  writeHttpMetadata(headers: Headers): void;
}

interface SourceBody extends SourceObject {
  readonly body: ReadableStream;
  arrayBuffer(): Promise<ArrayBuffer>;
}

/** What is used of an R2 bucket that is an origin. */
export interface SourceBucket {
  get(
    name: string,
    options?: { readonly range?: { readonly offset: number; readonly length: number } },
  ): Promise<SourceBody | null>;
  head(name: string): Promise<SourceObject | null>;
}

/** The bucket that is bound under a name, which the settings choose. */
export function bucketOf(env: Env, binding: string): SourceBucket | undefined {
  const bound = (env as Readonly<Record<string, unknown>>)[binding];
  const isBucket = typeof bound === "object" && bound !== null && "head" in bound && "get" in bound && "list" in bound;
  return isBucket ? (bound as unknown as SourceBucket) : undefined;
}

/** What is used of a queue; some runtimes say nothing of its backlog. */
export interface JobQueue<Message> {
  send(message: Message): Promise<{ readonly metadata?: { readonly metrics?: { readonly backlogCount?: number } } }>;
}

/** What is used of an Analytics Engine dataset. */
export interface Metrics {
  writeDataPoint(point: { readonly indexes: string[]; readonly blobs: string[]; readonly doubles: number[] }): void;
}

/** What is used of a static-assets binding. */
export interface AssetsBinding {
  fetch(request: Request | URL | string, init?: RequestInit): Promise<Response>;
}

export function isDevelopment(env: Env): boolean {
  return env.ENVIRONMENT === "development";
}
