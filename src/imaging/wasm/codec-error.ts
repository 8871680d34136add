/** Where in its life a codec failed: starting its WASM instance, doing its work, or showing what it has made. */
export type CodecStage = "start" | "decode" | "encode" | "check";

/**
 * The only error that leaves `codecs/`. The caller answers with the source's own bytes. A failed `decode` says
 * something about the picture; a failed `start` says nothing about it and may succeed the next time.
 */
export class CodecError extends Error {
  override readonly name = "CodecError";
  readonly codec: string;
  readonly stage: CodecStage;

  constructor(codec: string, stage: CodecStage, detail: string, cause?: unknown) {
    super(`${codec} ${stage}: ${detail}`, cause === undefined ? undefined : { cause });
    this.codec = codec;
    this.stage = stage;
  }
}
