const encoder = new TextEncoder();

/** Whether the request carries the bearer token (RFC 6750 §2.1). Digests are compared, in constant time. */
export async function isAuthorized(request: Request, token: string): Promise<boolean> {
  const given = /^Bearer +(.+)$/i.exec(request.headers.get("authorization") ?? "")?.[1];
  if (given === undefined || token === "") return false;
  const [a, b] = await Promise.all([digest(given), digest(token)]);
  return crypto.subtle.timingSafeEqual(a, b);
}

function digest(text: string): Promise<ArrayBuffer> {
  return crypto.subtle.digest("SHA-256", encoder.encode(text));
}
