import { inspectorPage } from "./page.generated.ts";

/** Nothing from elsewhere, no inline script: what a URL or a file's metadata says is text, and stays text. */
const policy = [
  "default-src 'none'",
  "script-src 'self'",
  "style-src 'self'",
  "connect-src 'self'",
  "img-src 'self' blob: data:",
  "form-action 'self'",
  "base-uri 'none'",
  "frame-ancestors 'none'",
].join("; ");

const types = { html: "text/html", css: "text/css", js: "text/javascript" } as const;

/** The page on which a person sees what each browser gets, or a part of it. */
export function showPage(part: keyof typeof types): Response {
  return sendPage(part, inspectorPage[part]);
}

/** A page of ours, or a part of one. */
export function sendPage(part: keyof typeof types, text: string): Response {
  return new Response(text, {
    headers: {
      "content-type": `${types[part]}; charset=utf-8`,
      "cache-control": "no-store",
      vary: "Accept",
      "content-security-policy": policy,
      "referrer-policy": "no-referrer",
    },
  });
}
