// Clients past and present: what they say when they ask for an image, and the formats that they show. These are facts of
// the field: captured header fields, and what caniuse.com (CC-BY-4.0) and MDN's browser-compat-data (CC0-1.0) say.

export interface Client {
  readonly name: string;
  /** `User-Agent` */
  readonly ua: string;
  /** `Accept` of a request for an image. */
  readonly accept: string;
  /** Formats of still pictures. */
  readonly shows: readonly string[];
}

export const clients: readonly Client[] = [
  {
    name: "Chrome 156",
    ua: "Mozilla/5.0 (Windows NT 10.0; Win64; x64) AppleWebKit/537.36 (KHTML, like Gecko) Chrome/156.0.0.0 Safari/537.36",
    accept: "image/jxl,image/avif,image/webp,image/apng,image/svg+xml,image/*,*/*;q=0.8",
    shows: ["jpeg", "png", "gif", "webp", "avif", "jxl"],
  },
  {
    name: "Chrome 154",
    ua: "Mozilla/5.0 (Windows NT 10.0; Win64; x64) AppleWebKit/537.36 (KHTML, like Gecko) Chrome/154.0.0.0 Safari/537.36",
    accept: "image/avif,image/webp,image/apng,image/svg+xml,image/*,*/*;q=0.8",
    shows: ["jpeg", "png", "gif", "webp", "avif"],
  },
  {
    name: "Chrome for Android 144",
    ua: "Mozilla/5.0 (Linux; Android 10; K) AppleWebKit/537.36 (KHTML, like Gecko) Chrome/144.0.0.0 Mobile Safari/537.36",
    accept: "image/avif,image/webp,image/apng,image/svg+xml,image/*,*/*;q=0.8",
    shows: ["jpeg", "png", "gif", "webp", "avif"],
  },
  {
    name: "Edge 157",
    ua: "Mozilla/5.0 (Windows NT 10.0; Win64; x64) AppleWebKit/537.36 (KHTML, like Gecko) Chrome/157.0.0.0 Safari/537.36 Edg/157.0.0.0",
    accept: "image/avif,image/webp,image/apng,image/svg+xml,image/*,*/*;q=0.8",
    shows: ["jpeg", "png", "gif", "webp", "avif"],
  },
  {
    name: "Opera 139",
    ua: "Mozilla/5.0 (Windows NT 10.0; Win64; x64) AppleWebKit/537.36 (KHTML, like Gecko) Chrome/155.0.0.0 Safari/537.36 OPR/139.0.0.0",
    accept: "image/jxl,image/avif,image/webp,image/apng,image/svg+xml,image/*,*/*;q=0.8",
    shows: ["jpeg", "png", "gif", "webp", "avif", "jxl"],
  },
  {
    name: "Firefox 160",
    ua: "Mozilla/5.0 (Windows NT 10.0; Win64; x64; rv:160.0) Gecko/20100101 Firefox/160.0",
    accept: "image/avif,image/jxl,image/webp,image/png,image/svg+xml,image/*;q=0.8,*/*;q=0.5",
    shows: ["jpeg", "png", "gif", "webp", "avif", "jxl"],
  },
  {
    name: "Firefox 140 ESR",
    ua: "Mozilla/5.0 (Windows NT 10.0; Win64; x64; rv:140.0) Gecko/20100101 Firefox/140.0",
    accept: "image/avif,image/webp,image/png,image/svg+xml,image/*;q=0.8,*/*;q=0.5",
    shows: ["jpeg", "png", "gif", "webp", "avif"],
  },
  {
    name: "Firefox for Android 158",
    ua: "Mozilla/5.0 (Android 13; Mobile; rv:158.0) Gecko/158.0 Firefox/158.0",
    accept: "image/avif,image/jxl,image/webp,image/png,image/svg+xml,image/*;q=0.8,*/*;q=0.5",
    shows: ["jpeg", "png", "gif", "webp", "avif", "jxl"],
  },
  {
    name: "Safari 27.2",
    ua: "Mozilla/5.0 (Macintosh; Intel Mac OS X 10_15_7) AppleWebKit/605.1.15 (KHTML, like Gecko) Version/27.2 Safari/605.1.15",
    accept:
      "image/webp,image/avif,image/jxl,image/heic,image/heic-sequence,video/*;q=0.8,image/png,image/svg+xml,image/*;q=0.8,*/*;q=0.5",
    shows: ["jpeg", "png", "gif", "webp", "avif", "jxl"],
  },
  {
    name: "iPhone, iOS 26.4",
    ua: "Mozilla/5.0 (iPhone; CPU iPhone OS 18_7 like Mac OS X) AppleWebKit/605.1.15 (KHTML, like Gecko) Version/26.4 Mobile/15E148 Safari/604.1",
    accept:
      "image/webp,image/avif,image/jxl,image/heic,image/heic-sequence,video/*;q=0.8,image/png,image/svg+xml,image/*;q=0.8,*/*;q=0.5",
    shows: ["jpeg", "png", "gif", "webp", "avif", "jxl"],
  },
  {
    name: "iPhone, iOS 18.2",
    ua: "Mozilla/5.0 (iPhone; CPU iPhone OS 18_2 like Mac OS X) AppleWebKit/605.1.15 (KHTML, like Gecko) Version/18.2 Mobile/15E148 Safari/604.1",
    accept:
      "image/webp,image/avif,image/jxl,image/heic,image/heic-sequence,video/*;q=0.8,image/png,image/svg+xml,image/*;q=0.8,*/*;q=0.5",
    shows: ["jpeg", "png", "gif", "webp", "avif", "jxl"],
  },
  {
    name: "Samsung Internet 30",
    ua: "Mozilla/5.0 (Linux; Android 10; K) AppleWebKit/537.36 (KHTML, like Gecko) SamsungBrowser/30.0 Chrome/143.0.0.0 Mobile Safari/537.36",
    accept: "image/avif,image/webp,image/apng,image/svg+xml,image/*,*/*;q=0.8",
    shows: ["jpeg", "png", "gif", "webp", "avif"],
  },
  {
    name: "Facebook on Android",
    ua: "Mozilla/5.0 (Linux; Android 12; SM-A525F Build/SP1A.210812.016; wv) AppleWebKit/537.36 (KHTML, like Gecko) Version/4.0 Chrome/104.0.5112.97 Mobile Safari/537.36 [FB_IAB/FB4A;FBAV/379.0.0.24.109;]",
    accept: "image/avif,image/webp,image/apng,image/svg+xml,image/*,*/*;q=0.8",
    shows: ["jpeg", "png", "gif", "webp", "avif"],
  },
  {
    name: "Instagram on iOS 14",
    ua: "Mozilla/5.0 (iPhone; CPU iPhone OS 14_4 like Mac OS X) AppleWebKit/605.1.15 (KHTML, like Gecko) Mobile/15E148 Instagram 190.0.0.26.119 (iPhone12,1; iOS 14_4; en_US; en-US; scale=2.00; 828x1792; 294609445)",
    accept: "image/webp,image/png,image/svg+xml,image/*;q=0.8,video/*;q=0.8,*/*;q=0.5",
    shows: ["jpeg", "png", "gif", "webp", "jp2"],
  },
  {
    name: "Chrome 100 (2022)",
    ua: "Mozilla/5.0 (Windows NT 10.0; Win64; x64) AppleWebKit/537.36 (KHTML, like Gecko) Chrome/100.0.4896.127 Safari/537.36",
    accept: "image/avif,image/webp,image/apng,image/svg+xml,image/*,*/*;q=0.8",
    shows: ["jpeg", "png", "gif", "webp", "avif"],
  },
  {
    name: "Chrome 84 (2020)",
    ua: "Mozilla/5.0 (Windows NT 10.0; Win64; x64) AppleWebKit/537.36 (KHTML, like Gecko) Chrome/84.0.4147.135 Safari/537.36",
    accept: "image/webp,image/apng,image/*,*/*;q=0.8",
    shows: ["jpeg", "png", "gif", "webp"],
  },
  {
    name: "Chrome 49 (2016)",
    ua: "Mozilla/5.0 (Windows NT 6.1; WOW64) AppleWebKit/537.36 (KHTML, like Gecko) Chrome/49.0.2623.112 Safari/537.36",
    accept: "image/webp,image/*,*/*;q=0.8",
    shows: ["jpeg", "png", "gif", "webp"],
  },
  {
    name: "Edge 121 (2024)",
    ua: "Mozilla/5.0 (Windows NT 10.0; Win64; x64) AppleWebKit/537.36 (KHTML, like Gecko) Chrome/121.0.0.0 Safari/537.36 Edg/121.0.0.0",
    accept: "image/avif,image/webp,image/apng,image/svg+xml,image/*,*/*;q=0.8",
    shows: ["jpeg", "png", "gif", "webp", "avif"],
  },
  {
    name: "Edge 114 (2023)",
    ua: "Mozilla/5.0 (Windows NT 10.0; Win64; x64) AppleWebKit/537.36 (KHTML, like Gecko) Chrome/114.0.0.0 Safari/537.36 Edg/114.0.0.0",
    accept: "image/webp,image/apng,image/svg+xml,image/*,*/*;q=0.8",
    shows: ["jpeg", "png", "gif", "webp"],
  },
  {
    name: "Firefox 112 (2023)",
    ua: "Mozilla/5.0 (Windows NT 10.0; Win64; x64; rv:109.0) Gecko/20100101 Firefox/112.0",
    accept: "image/avif,image/webp,*/*",
    shows: ["jpeg", "png", "gif", "webp", "avif"],
  },
  {
    name: "Firefox 78 (2020)",
    ua: "Mozilla/5.0 (Windows NT 10.0; Win64; x64; rv:78.0) Gecko/20100101 Firefox/78.0",
    accept: "image/webp,*/*",
    shows: ["jpeg", "png", "gif", "webp"],
  },
  {
    name: "Firefox 64 (2018)",
    ua: "Mozilla/5.0 (Windows NT 10.0; Win64; x64; rv:64.0) Gecko/20100101 Firefox/64.0",
    accept: "*/*",
    shows: ["jpeg", "png", "gif"],
  },
  {
    name: "Safari 17.0 (2023)",
    ua: "Mozilla/5.0 (Macintosh; Intel Mac OS X 10_15_7) AppleWebKit/605.1.15 (KHTML, like Gecko) Version/17.0 Safari/605.1.15",
    accept:
      "image/webp,image/avif,image/jxl,image/heic,image/heic-sequence,video/*;q=0.8,image/png,image/svg+xml,image/*;q=0.8,*/*;q=0.5",
    shows: ["jpeg", "png", "gif", "webp", "avif", "jxl", "jp2"],
  },
  {
    name: "Safari 16.2 (2022)",
    ua: "Mozilla/5.0 (Macintosh; Intel Mac OS X 10_15_7) AppleWebKit/605.1.15 (KHTML, like Gecko) Version/16.2 Safari/605.1.15",
    accept: "image/webp,image/avif,video/*;q=0.8,image/png,image/svg+xml,image/*;q=0.8,*/*;q=0.5",
    shows: ["jpeg", "png", "gif", "webp", "avif", "jp2"],
  },
  {
    name: "Safari 13.1 (2020)",
    ua: "Mozilla/5.0 (Macintosh; Intel Mac OS X 10_14_6) AppleWebKit/605.1.15 (KHTML, like Gecko) Version/13.1 Safari/605.1.15",
    accept: "image/png,image/svg+xml,image/*;q=0.8,video/*;q=0.8,*/*;q=0.5",
    shows: ["jpeg", "png", "gif", "jp2"],
  },
  {
    name: "iPhone, iOS 15.8",
    ua: "Mozilla/5.0 (iPhone; CPU iPhone OS 15_8 like Mac OS X) AppleWebKit/605.1.15 (KHTML, like Gecko) Version/15.8 Mobile/15E148 Safari/604.1",
    accept: "image/webp,image/png,image/svg+xml,image/*;q=0.8,video/*;q=0.8,*/*;q=0.5",
    shows: ["jpeg", "png", "gif", "webp", "jp2"],
  },
  {
    name: "iPhone, iOS 13.7",
    ua: "Mozilla/5.0 (iPhone; CPU iPhone OS 13_7 like Mac OS X) AppleWebKit/605.1.15 (KHTML, like Gecko) Version/13.7 Mobile/15E148 Safari/604.1",
    accept: "image/png,image/svg+xml,image/*;q=0.8,video/*;q=0.8,*/*;q=0.5",
    shows: ["jpeg", "png", "gif", "jp2"],
  },
  {
    name: "Edge 18 (2018)",
    ua: "Mozilla/5.0 (Windows NT 10.0; Win64; x64) AppleWebKit/537.36 (KHTML, like Gecko) Chrome/64.0.3282.140 Safari/537.36 Edge/18.17763",
    accept: "image/webp,image/png,image/svg+xml,image/jxr,image/*;q=0.8,*/*;q=0.5",
    shows: ["jpeg", "png", "gif", "webp", "jxr"],
  },
  {
    name: "Internet Explorer 11",
    ua: "Mozilla/5.0 (Windows NT 10.0; WOW64; Trident/7.0; rv:11.0) like Gecko",
    accept: "image/png, image/svg+xml, image/jxr, image/*;q=0.8, */*;q=0.5",
    shows: ["jpeg", "png", "gif", "jxr"],
  },
  {
    name: "Internet Explorer 9",
    ua: "Mozilla/5.0 (compatible; MSIE 9.0; Windows NT 6.1; Trident/5.0)",
    accept: "image/png, image/svg+xml, image/*;q=0.8, */*;q=0.5",
    shows: ["jpeg", "png", "gif", "jxr"],
  },
  {
    name: "Googlebot Image",
    ua: "Googlebot-Image/1.0",
    accept: "*/*",
    shows: ["jpeg", "png", "gif"],
  },
  {
    name: "Bingbot",
    ua: "Mozilla/5.0 AppleWebKit/537.36 (KHTML, like Gecko; compatible; bingbot/2.0; +http://www.bing.com/bingbot.htm) Chrome/116.0.1938.76 Safari/537.36",
    accept: "*/*",
    shows: ["jpeg", "png", "gif"],
  },
  {
    name: "X and Twitter previews",
    ua: "Twitterbot/1.0",
    accept: "*/*",
    shows: ["jpeg", "png", "gif"],
  },
  {
    name: "Slack previews",
    ua: "Slackbot-LinkExpanding 1.0 (+https://api.slack.com/robots)",
    accept: "*/*",
    shows: ["jpeg", "png", "gif"],
  },
  {
    name: "WhatsApp previews",
    ua: "WhatsApp/2.23.20.0",
    accept: "*/*",
    shows: ["jpeg", "png", "gif"],
  },
  {
    name: "Applebot",
    ua: "Mozilla/5.0 (Macintosh; Intel Mac OS X 10_15_7) AppleWebKit/605.1.15 (KHTML, like Gecko) Version/17.4 Safari/605.1.15 (Applebot/0.1; +http://www.apple.com/go/applebot)",
    accept: "*/*",
    shows: ["jpeg", "png", "gif"],
  },
  {
    name: "Gmail’s image proxy",
    ua: "Mozilla/5.0 (Windows NT 5.1; rv:11.0) Gecko Firefox/11.0 (via ggpht.com GoogleImageProxy)",
    accept: "*/*",
    shows: ["jpeg", "png", "gif"],
  },
  {
    name: "Outlook for Windows",
    ua: "Mozilla/4.0 (compatible; MSIE 7.0; Windows NT 10.0; WOW64; Trident/7.0; .NET4.0C; .NET4.0E; Microsoft Outlook 16.0.5071; ms-office; MSOffice 16)",
    accept: "*/*",
    shows: ["jpeg", "png", "gif"],
  },
  {
    name: "Apple Mail",
    ua: "Mozilla/5.0",
    accept: "*/*",
    shows: ["jpeg", "png", "gif"],
  },
  {
    name: "curl",
    ua: "curl/8.5.0",
    accept: "*/*",
    shows: ["jpeg", "png", "gif"],
  },
];
