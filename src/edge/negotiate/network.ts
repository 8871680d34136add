/** What a request says about its connection; values as they came, `undefined` or 0 for unknown. */
export interface ConnectionFacts {
  /** `Save-Data` (W3C Save Data API §2). */
  readonly saveData: string | null;
  /** `ECT`: effective connection type (WICG Network Information §7.4). */
  readonly effectiveType: string | null;
  /** Round trip between client and edge in milliseconds, over TCP or QUIC. */
  readonly roundTripMs: number | undefined;
  /** Bytes per second that the edge has delivered to this client. */
  readonly deliveryRate: number | undefined;
}

export type NetworkClass = "fast" | "slow";

/** The class of a connection, and what led to it. */
export interface Network {
  readonly networkClass: NetworkClass;
  /** Decided by measurements of the connection, which no Vary can name: the answer is for this client alone. */
  readonly isMeasured: boolean;
  /** Another connection could have had another class: the setting and the URL let it decide. */
  readonly isScored: boolean;
  readonly because: string;
}

/** What Chromium calls 3g is 1.5 Mbit/s and 270 ms at best; only 4g is faster (WICG Network Information, table of §2). */
const slowTypes: readonly string[] = ["slow-2g", "2g", "3g"];

/** Milliseconds; above it a connection to the nearest data centre is a poor mobile one or a satellite's. */
const slowRoundTripMs = 150;

/** Bytes per second, 1.5 Mbit/s: the upper end of 3g. */
const slowDeliveryRate = 187_500;

/**
 * Sorts a connection into fast or slow. What the client says goes before what was measured, and what is unknown never
 * means slow.
 */
export function classifyNetwork(facts: ConnectionFacts, setting: "off" | "hints" | "rtt"): Network {
  if (setting === "off") return { ...fast("the network is not considered", false), isScored: false };
  if (facts.saveData?.trim().toLowerCase() === "on") return slow("Save-Data: on", false);
  const type = facts.effectiveType?.trim().toLowerCase() ?? "";
  if (slowTypes.includes(type)) return slow(`ECT: ${type}`, false);
  if (setting === "hints") return fast("no hint says slow", false);
  const { roundTripMs, deliveryRate } = facts;
  if (isKnown(roundTripMs) && roundTripMs > slowRoundTripMs) return slow(`a round trip of ${roundTripMs} ms`, true);
  if (isKnown(deliveryRate) && deliveryRate < slowDeliveryRate) return slow(`${deliveryRate} bytes per second`, true);
  const isMeasured = isKnown(roundTripMs) || isKnown(deliveryRate);
  return fast(isMeasured ? "the connection is fast enough" : "nothing is known of the connection", isMeasured);
}

function isKnown(value: number | undefined): value is number {
  return value !== undefined && Number.isFinite(value) && value > 0;
}

function fast(because: string, isMeasured: boolean): Network {
  return { networkClass: "fast", isMeasured, isScored: true, because };
}

function slow(because: string, isMeasured: boolean): Network {
  return { networkClass: "slow", isMeasured, isScored: true, because };
}

/** The client hints about the network (W3C Save Data API, WICG Network Information). */
export const networkFields = ["Save-Data", "ECT"] as const;
