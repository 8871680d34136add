import { formats } from "../../imaging/model/formats.ts";
import { ProblemError } from "../errors.ts";
import { modernTargets, negotiatedFormats } from "../targets.ts";
import { parseAccept, qualityOf } from "../negotiate/accept.ts";
import { supportOf } from "../negotiate/client-support.ts";
import type { ImageRequest } from "../negotiate/image-request.ts";
import { readLegacySupport } from "../negotiate/legacy-support.ts";
import { networkFields } from "../negotiate/network.ts";
import { pixelRatioFields } from "../negotiate/pixel-ratio.ts";
import { readUserAgent } from "../negotiate/user-agent.ts";

/** Query parameters that stand for a header field of the client that is asked about. */
const clientFields: Readonly<Record<string, string>> = {
  accept: "accept",
  ua: "user-agent",
  "save-data": "save-data",
  ect: "ect",
  dpr: "dpr",
};

/**
 * The header fields of the client that is asked about: those that the parameters name, or else the asker's own.
 * @throws ProblemError `bad-request` for a value that no header field can have
 */
export function clientInQuestion(request: Request, parameters: URLSearchParams): Headers {
  const named = Object.keys(clientFields).some((parameter) => parameters.has(parameter));
  const headers = new Headers();
  const ownFields = ["accept", "user-agent", ...networkFields, ...pixelRatioFields];
  for (const field of named ? [] : ownFields) {
    const value = request.headers.get(field);
    if (value !== null) headers.set(field, field === "accept" ? acceptForImages(value, request.headers) : value);
  }
  for (const [parameter, field] of Object.entries(clientFields)) {
    const value = parameters.get(parameter);
    if (value === null) continue;
    try {
      headers.set(field, value);
    } catch (error) {
      throw new ProblemError("bad-request", `${parameter}= cannot be a header value.`, { cause: error });
    }
  }
  return headers;
}

/**
 * What a client says when it asks for an image. A browser that asks for a page does not say it; what its version
 * shows by the capability table is taken instead.
 */
function acceptForImages(accept: string, headers: Headers): string {
  if (!accept.includes("text/html")) return accept;
  const agent = readUserAgent(headers.get("user-agent") ?? "");
  if (!("browser" in agent)) return "*/*";
  const shown = modernTargets.filter((format) =>
    ["yes", "still-only"].includes(supportOf(format, agent.browser, agent.version)),
  );
  return [...shown.map((format) => formats[format].mediaTypes[0]), "*/*"].join(",");
}

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
    asks: { accept: asked.headers.get("accept"), userAgent: asked.headers.get("user-agent") },
    accept,
    network: `${image.network.networkClass}: ${image.network.because}`,
    // What Accept says goes before it.
    userAgent: { ...userAgent, shows: shown, adds: readLegacySupport(ranges, userAgent) },
  };
}
