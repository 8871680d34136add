/** Hears what libvips complains of: where a browser shows the source as it came out here, libvips is the one that differs. */
import { type BrowserViewer, startBrowserViewer } from "../../test/support/browser-viewer.ts";
import { hasBrowser } from "../../test/support/painter.ts";
import type { Finding, Outcome } from "./exercise.ts";
import { appeal } from "./judge.ts";
import type { Input } from "./sources.ts";

interface Court {
  /** The findings that remain. */
  hear(input: Input, outcome: Pick<Outcome, "format" | "findings">): Promise<Finding[]>;
  close(): Promise<void>;
}

/** Formats that the browser shows. */
const shownFormats = ["jpeg", "png", "gif", "webp", "avif"];

export function createCourt(): Court {
  let browser: Promise<BrowserViewer> | undefined;
  return {
    hear: async (input, { format, findings }) => {
      const remaining: Finding[] = [];
      for (const finding of findings) {
        const { step, reason, disputed } = finding;
        if (disputed === undefined || !hasBrowser || !shownFormats.includes(format)) {
          remaining.push({ step, reason });
          continue;
        }
        browser ??= startBrowserViewer();
        const viewer = await browser;
        let complaint = await appeal(viewer, input.file, format, disputed).catch(String);
        // What the browser refuses may have kept its picture: then it is the one of the file before the damage.
        if (complaint?.includes("EncodingError") === true && input.format === format)
          complaint = (await appeal(viewer, input.sound, format, disputed).catch(String)) && complaint;
        if (complaint !== undefined) remaining.push({ step, reason: `${reason}; in the browser: ${complaint}` });
      }
      return remaining;
    },
    close: async () => (await browser)?.close(),
  };
}
