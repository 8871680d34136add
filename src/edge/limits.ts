/** Every bound that is not a setting, with its unit and the harm that it prevents. */

/** Bytes of a source that is held in memory; larger ones are streamed through, since an isolate has 128 MB for everything. */
export const maxSourceBytes = 25 * 1024 * 1024;

/** Bytes of sources and pixels held at once in an isolate; with more, further sources are streamed through until some are done. */
export const maxBytesInFlight = 32 * 1024 * 1024;

/** Redirects followed on the way to one source; more is a loop or a mistake. */
export const maxRedirects = 3;

/**
 * Milliseconds until the origin's response headers, where nothing is kept that could be sent: waiting gives the picture,
 * and a client that does not want to wait leaves. Beyond it a connection hangs.
 */
export const originHeadersTimeoutMs = 45_000;

/** Milliseconds without a byte of the origin's body after which the transfer hangs. */
export const originStallMs = 20_000;

/** Milliseconds until the origin's whole body; what still comes then is streamed to the client that asked first. */
export const originBodyTimeoutMs = 60_000;

/** Milliseconds after which what is kept is sent although it is stale, and the origin's answer awaited without the client. */
export const slowOriginMs = 2000;

/** Sources of one host that an isolate fetches at once, and milliseconds between two looks for a free place. */
export const maxFetchesAtOnce = 64;
export const slotPollMs = 25;

/** Seconds for which a host is remembered as slow or failing, and between two tries of one that fails. */
export const hostTroubleSeconds = 30;
export const hostRetrySeconds = 5;

/** Seconds that a 404 or 410 is kept at most: what is missing may be uploaded at any moment. */
export const missingSeconds = 60;

/** Bytes of such an answer; an error page for people is longer, and not worth the memory. */
export const maxMissingBytes = 16 * 1024;

/** Milliseconds between two signs of life of a request that others wait for, and how many of them may be missing. */
export const signOfLifeMs = 1000;
export const maxMissedSigns = 5;

/** Milliseconds after the response in which a background job must be predicted to end (`waitUntil` ends at 30 s). */
export const backgroundWindowMs = 20_000;

/** How much longer a first answer may wait for work that lets other requests through: a 24 MP photograph fits. */
export const slicedPatience = 2;

/** Share of its time that a first answer may wait for a draft, which is kept nowhere and saves some 100 kB: soon the original is quicker. */
export const draftPatience = 1 / 3;

/** Milliseconds after which a permit of the work queue is taken from a holder that never gave it back. */
export const permitTimeoutMs = 45_000;

/** Bytes of decoded pixels that may wait in memory for their turn; beyond it they are dropped and decoded again. */
export const maxHeldPixelBytes = 16 * 1024 * 1024;

/** Seconds that an answer which may soon change is advertised and kept. */
export const transientSeconds = 60;

/** Seconds during which a format that is being made is not started again elsewhere. */
export const pendingMarkerSeconds = 60;

/** Seconds until a job that got no permit is begun again by a request; without a pause every hit would try. */
export const droppedRetrySeconds = 5;

/** Seconds until an encode that failed once, twice, three times is tried again. */
export const retryAfterSeconds = [10, 60, 3600] as const;

/** Seconds that variant bytes are kept; whether they may be used is decided by the record, which they outlive when it is renewed. */
export const bytesRetentionSeconds = 30 * 86_400;

/** Seconds that the mark of a purge is kept: it outlives every record that an isolate could have stored at the same moment. */
export const purgeMarkSeconds = 30 * 86_400;

/** URLs in one purge request, and bytes of its body. */
export const maxPurgeUrls = 1000;
export const maxPurgeBodyBytes = 1024 * 1024;

/** Cache operations of one purge request; the platform allows 10,000 subrequests, and refuses all that come after them. */
export const maxPurgeOperations = 8000;

/** Tags in one purge of the zone: the platform takes no more. */
export const maxTagsPerPurge = 100;

/** Keys that are made void at the same time: the platform opens no more connections for one request. */
export const purgesAtOnce = 6;

/** Accept headers (with their classes) remembered per isolate; real browsers send a few dozen. */
export const maxRememberedAccepts = 256;

/** URLs (with what they ask for) remembered per isolate, some 2 kB each: enough for the pictures that are asked for most. */
export const maxRememberedUrls = 256;

/** Requests in a row without codec work after which an isolate releases its codecs: each takes milliseconds to start again. */
export const maxRequestsKeepingCodecs = 5000;

/** Characters of an Accept header that are read; a longer one proves nothing. */
export const maxAcceptLength = 8192;

/** CORS origins whose answers are described in a source's record; for others the origin is asked again, but nothing is encoded. */
export const maxRememberedReplies = 16;

/**
 * Milliseconds after which a flight that is still loading, or that opened so long ago, may have lost its request
 * (`waitUntil` ends 30 s after the response). Nobody joins it; those who wait for it see its signs of life.
 */
export const flightPhaseMs = 35_000;

/** Milliseconds that a look into the shared store may take, and a write to it: beyond it the store is as good as empty. */
export const sharedReadMs = 1500;
export const sharedWriteMs = 10_000;

/** Milliseconds after a failure of the shared store in which nobody waits for it. */
export const sharedRestMs = 5000;

/** Milliseconds that the edge cache may take for anything, and after such a failure those in which nobody waits for it. */
export const cacheMs = 2000;
export const cacheRestMs = 5000;

/** Milliseconds by which the clocks of two machines may differ; what is farther ahead was written with a wrong one. */
export const clockSkewMs = 300_000;

/** Milliseconds that a rate limiter may take to say no. */
export const limiterMs = 1000;

/** Milliseconds for which a failure that was reported is not reported again. */
export const reportRestMs = 60_000;

/** Milliseconds after which work that a client waits for is taken for hung; it gets what there is. */
export const inlineHangMs = 25_000;

/** Milliseconds between two looks of a data centre for what the fleet has made of a picture that it shows meanwhile. */
export const catchUpMs = 2000;

/** Milliseconds between two writes of one object: R2 takes one a second. */
export const sharedWritePauseMs = 1100;

/** Seconds after which a message to the encoder is no request of this moment any more, and makes way for those that are. */
export const urgentSeconds = 60;

/** Messages that wait for the encoder beyond which no further ones are sent: what is new stays interim. */
export const maxBacklog = 50_000;

/** Milliseconds after which a queue that does not answer has refused. */
export const queueMs = 10_000;

/** Milliseconds for which it is remembered that the queue is full, or has refused. */
export const backlogRestMs = 10_000;

/** Milliseconds of wall-clock time that an encoder may take for one message; a consumer has 15 minutes. */
export const encoderWindowMs = 600_000;

/** Milliseconds of a lease beyond the predicted work, and the most that one lasts. */
export const leaseMarginMs = 30_000;

/** Deliveries of a message after which it is given up. */
export const maxDeliveries = 3;

/** Seconds until a message is delivered again. */
export const redeliverySeconds = 20;

/** Encodes and new answers of an isolate that the automatic stop looks at, and the share of them that may go wrong. */
export const stopWindow = 20;
export const stopShare = 0.25;

/** Seconds for which everything passes then. */
export const stopSeconds = 60;
