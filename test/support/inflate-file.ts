/** Files made larger without a change to their picture, so that every variant of it is worth sending. */
import { pngChunk } from "./shown-picture.ts";

/** Payload of one JPEG comment: the length field is of 16 bits and counts itself (ITU T.81 §B.2.4.5). */
const maxCommentBytes = 65_533;

/** Payload of one sub-block of a GIF. */
const maxSubBlockBytes = 255;

/** Parts of a JPEG that come before its tables: APP0 to APP15. */
const isApplicationMarker = (code: number | undefined): boolean => code !== undefined && code >= 0xe0 && code <= 0xef;

function inflateJpeg(file: Buffer, extra: number): Buffer {
  let at = 2;
  while (file[at] === 0xff && isApplicationMarker(file[at + 1])) at += 2 + file.readUInt16BE(at + 2);
  const comments: Buffer[] = [];
  for (let left = extra; left > 0; left -= maxCommentBytes) {
    const payload = Math.min(left, maxCommentBytes);
    const comment = Buffer.alloc(4 + payload);
    comment.writeUInt16BE(0xfffe);
    comment.writeUInt16BE(2 + payload, 2);
    comments.push(comment);
  }
  return Buffer.concat([file.subarray(0, at), ...comments, file.subarray(at)]);
}

/** A private chunk that nobody knows (PNG 3rd edition §5.4), before IEND's 12 bytes. */
function inflatePng(file: Buffer, extra: number): Buffer {
  const end = file.length - 12;
  return Buffer.concat([file.subarray(0, end), pngChunk("faTt", Buffer.alloc(extra)), file.subarray(end)]);
}

/** A comment before the trailer (GIF89a §24). */
function inflateGif(file: Buffer, extra: number): Buffer {
  const block = Buffer.alloc(1 + maxSubBlockBytes, 32);
  block[0] = maxSubBlockBytes;
  const blocks = Array.from({ length: Math.ceil(extra / maxSubBlockBytes) }, () => block);
  const end = file.length - 1;
  return Buffer.concat([file.subarray(0, end), Buffer.from([0x21, 0xfe]), ...blocks, Buffer.from([0, 0x3b])]);
}

/** No directory points there. */
const inflateTiff = (file: Buffer, extra: number): Buffer => Buffer.concat([file, Buffer.alloc(extra)]);

const inflaters: Readonly<Record<string, (file: Buffer, extra: number) => Buffer>> = {
  jpg: inflateJpeg,
  png: inflatePng,
  gif: inflateGif,
  tif: inflateTiff,
};

/** The same picture in a file that is `extra` bytes larger or a little more. */
export function inflateFile(file: Buffer, extension: string, extra: number): Buffer {
  const inflate = inflaters[extension];
  if (inflate === undefined) throw new Error(`no way to enlarge .${extension}`);
  return inflate(file, extra);
}
