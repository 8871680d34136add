const month = "(?:Jan|Feb|Mar|Apr|May|Jun|Jul|Aug|Sep|Oct|Nov|Dec)";
const time = "\\d{2}:\\d{2}:\\d{2}";

/** The three forms of RFC 9110 §5.6.7; the last one is what asctime() of C writes. */
const forms = [
  new RegExp(`^(?:Mon|Tue|Wed|Thu|Fri|Sat|Sun), \\d{2} ${month} \\d{4} ${time} GMT$`),
  new RegExp(`^(?:Mon|Tues|Wednes|Thurs|Fri|Satur|Sun)day, \\d{2}-${month}-\\d{2} ${time} GMT$`),
  new RegExp(`^(?:Mon|Tue|Wed|Thu|Fri|Sat|Sun) ${month} [ \\d]\\d ${time} \\d{4}$`),
];

/**
 * Milliseconds since the epoch; NaN for anything that is not an HTTP-date, though `Date.parse()` may understand it.
 * @param now milliseconds since the epoch, which decide the century of a year with two digits
 */
export function parseHttpDate(text: string, now?: number): number {
  const form = forms.findIndex((pattern) => pattern.test(text));
  if (form < 0) return Number.NaN;
  // asctime() names no zone; HTTP dates are always in GMT.
  if (form === 2) return Date.parse(`${text} GMT`);
  if (form === 0 || now === undefined) return Date.parse(text);
  const { 1: before = "", 2: year = "", 3: after = "" } = /^(.*-)(\d\d)( .*)$/.exec(text) ?? [];
  const thisYear = new Date(now).getUTCFullYear();
  const century = thisYear - (thisYear % 100);
  const readings = [100, 0, -100].map((years) => Date.parse(before + (century + years + Number(year)) + after));
  // "more than 50 years in the future" is the most recent year in the past with these digits (RFC 9110 §5.6.7).
  const limit = new Date(now).setUTCFullYear(thisYear + 50);
  return readings.find((reading) => !(reading > limit)) ?? Number.NaN;
}
