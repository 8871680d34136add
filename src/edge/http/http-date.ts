const month = "(?:Jan|Feb|Mar|Apr|May|Jun|Jul|Aug|Sep|Oct|Nov|Dec)";
const time = "\\d{2}:\\d{2}:\\d{2}";

/** The three forms of RFC 9110 §5.6.7; the last one is what asctime() of C writes. */
const forms = [
  new RegExp(`^(?:Mon|Tue|Wed|Thu|Fri|Sat|Sun), \\d{2} ${month} \\d{4} ${time} GMT$`),
  new RegExp(`^(?:Mon|Tues|Wednes|Thurs|Fri|Satur|Sun)day, \\d{2}-${month}-\\d{2} ${time} GMT$`),
  new RegExp(`^(?:Mon|Tue|Wed|Thu|Fri|Sat|Sun) ${month} [ \\d]\\d ${time} \\d{4}$`),
];

/** Milliseconds since the epoch; NaN for anything that is not an HTTP-date, though `Date.parse()` may understand it. */
export function parseHttpDate(text: string): number {
  const form = forms.findIndex((pattern) => pattern.test(text));
  if (form < 0) return Number.NaN;
  // asctime() names no zone; HTTP dates are always in GMT.
  return Date.parse(form === 2 ? `${text} GMT` : text);
}
