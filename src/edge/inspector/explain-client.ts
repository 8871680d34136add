import { formats } from "../../imaging/model/formats.ts";
import { negotiatedFormats } from "../targets.ts";
import { parseAccept, qualityOf } from "../negotiate/accept.ts";
import { supportOf } from "../negotiate/client-support.ts";
import type { ImageRequest } from "../negotiate/image-request.ts";
import { readLegacySupport } from "../negotiate/legacy-support.ts";
import { readUserAgent } from "../negotiate/user-agent.ts";

/** The client's class, and how each header field led to it. */
export function explainClient(asked: Request, image: ImageRequest): Readonly<Record<string, unknown>> {
  const ranges = parseAccept(asked.headers.get("accept") ?? "");
  const userAgent = readUserAgent(asked.headers.get("user-agent") ?? "");
  const accept = negotiatedFormats.map((format) => {
    const [type] = formats[format].mediaTypes;
    const isNamed = ranges.some((range) => `${range.type}/${range.subtype}` === type);
    if (image.client.formats.includes(format)) return `${type} is named with weight ${qualityOf(ranges, type)}`;
    return isNamed ? `${type} is refused` : `${type} is not named, and a wildcard proves nothing`;
  });
  const shown =
    "browser" in userAgent
      ? Object.fromEntries(
          negotiatedFormats.map((format) => [format, supportOf(format, userAgent.browser, userAgent.version)]),
        )
      : {};
  return {
    class: image.client.token,
    accept,
    network: `${image.network.networkClass}: ${image.network.because}`,
    // What Accept says goes before it.
    userAgent: { ...userAgent, shows: shown, adds: readLegacySupport(ranges, userAgent) },
  };
}
