// Clients past and present, with what they say when they ask for an image. The strings are facts of the field.

/** @typedef {{ readonly name: string, readonly ua: string, readonly accept: string }} Client */

/** @type {readonly Client[]} */
export const clients = [
  {
    name: "Chrome 156",
    ua: "Mozilla/5.0 (Windows NT 10.0; Win64; x64) AppleWebKit/537.36 (KHTML, like Gecko) Chrome/156.0.0.0 Safari/537.36",
    accept: "image/jxl,image/avif,image/webp,image/apng,image/svg+xml,image/*,*/*;q=0.8",
  },
  {
    name: "Edge 157",
    ua: "Mozilla/5.0 (Windows NT 10.0; Win64; x64) AppleWebKit/537.36 (KHTML, like Gecko) Chrome/157.0.0.0 Safari/537.36 Edg/157.0.0.0",
    accept: "image/avif,image/webp,image/apng,image/svg+xml,image/*,*/*;q=0.8",
  },
  {
    name: "Opera 139",
    ua: "Mozilla/5.0 (Windows NT 10.0; Win64; x64) AppleWebKit/537.36 (KHTML, like Gecko) Chrome/155.0.0.0 Safari/537.36 OPR/139.0.0.0",
    accept: "image/jxl,image/avif,image/webp,image/apng,image/svg+xml,image/*,*/*;q=0.8",
  },
  {
    name: "Firefox 160",
    ua: "Mozilla/5.0 (Windows NT 10.0; Win64; x64; rv:160.0) Gecko/20100101 Firefox/160.0",
    accept: "image/avif,image/jxl,image/webp,image/png,image/svg+xml,image/*;q=0.8,*/*;q=0.5",
  },
  {
    name: "Firefox 140 ESR",
    ua: "Mozilla/5.0 (Windows NT 10.0; Win64; x64; rv:140.0) Gecko/20100101 Firefox/140.0",
    accept: "image/avif,image/webp,image/png,image/svg+xml,image/*;q=0.8,*/*;q=0.5",
  },
  {
    name: "Safari 27.2",
    ua: "Mozilla/5.0 (Macintosh; Intel Mac OS X 10_15_7) AppleWebKit/605.1.15 (KHTML, like Gecko) Version/27.2 Safari/605.1.15",
    accept:
      "image/webp,image/avif,image/jxl,image/heic,image/heic-sequence,video/*;q=0.8,image/png,image/svg+xml,image/*;q=0.8,*/*;q=0.5",
  },
  {
    name: "iPhone, iOS 26.4",
    ua: "Mozilla/5.0 (iPhone; CPU iPhone OS 18_7 like Mac OS X) AppleWebKit/605.1.15 (KHTML, like Gecko) Version/26.4 Mobile/15E148 Safari/604.1",
    accept:
      "image/webp,image/avif,image/jxl,image/heic,image/heic-sequence,video/*;q=0.8,image/png,image/svg+xml,image/*;q=0.8,*/*;q=0.5",
  },
  {
    name: "Samsung Internet 30",
    ua: "Mozilla/5.0 (Linux; Android 10; K) AppleWebKit/537.36 (KHTML, like Gecko) SamsungBrowser/30.0 Chrome/143.0.0.0 Mobile Safari/537.36",
    accept: "image/avif,image/webp,image/apng,image/svg+xml,image/*,*/*;q=0.8",
  },
  {
    name: "Chrome 84 (2020)",
    ua: "Mozilla/5.0 (Windows NT 10.0; Win64; x64) AppleWebKit/537.36 (KHTML, like Gecko) Chrome/84.0.4147.135 Safari/537.36",
    accept: "image/webp,image/apng,image/*,*/*;q=0.8",
  },
  {
    name: "Edge 114 (2023)",
    ua: "Mozilla/5.0 (Windows NT 10.0; Win64; x64) AppleWebKit/537.36 (KHTML, like Gecko) Chrome/114.0.0.0 Safari/537.36 Edg/114.0.0.0",
    accept: "image/webp,image/apng,image/svg+xml,image/*,*/*;q=0.8",
  },
  {
    name: "Firefox 64 (2018)",
    ua: "Mozilla/5.0 (Windows NT 10.0; Win64; x64; rv:64.0) Gecko/20100101 Firefox/64.0",
    accept: "*/*",
  },
  {
    name: "Safari 16.2 (2022)",
    ua: "Mozilla/5.0 (Macintosh; Intel Mac OS X 10_15_7) AppleWebKit/605.1.15 (KHTML, like Gecko) Version/16.2 Safari/605.1.15",
    accept: "image/webp,image/avif,video/*;q=0.8,image/png,image/svg+xml,image/*;q=0.8,*/*;q=0.5",
  },
  {
    name: "Safari 13.1 (2020)",
    ua: "Mozilla/5.0 (Macintosh; Intel Mac OS X 10_14_6) AppleWebKit/605.1.15 (KHTML, like Gecko) Version/13.1 Safari/605.1.15",
    accept: "image/png,image/svg+xml,image/*;q=0.8,video/*;q=0.8,*/*;q=0.5",
  },
  {
    name: "iPhone, iOS 13.7 (2020)",
    ua: "Mozilla/5.0 (iPhone; CPU iPhone OS 13_7 like Mac OS X) AppleWebKit/605.1.15 (KHTML, like Gecko) Version/13.7 Mobile/15E148 Safari/604.1",
    accept: "image/png,image/svg+xml,image/*;q=0.8,video/*;q=0.8,*/*;q=0.5",
  },
  {
    name: "Edge 18 (2018)",
    ua: "Mozilla/5.0 (Windows NT 10.0; Win64; x64) AppleWebKit/537.36 (KHTML, like Gecko) Chrome/64.0.3282.140 Safari/537.36 Edge/18.17763",
    accept: "image/webp,image/png,image/svg+xml,image/jxr,image/*;q=0.8,*/*;q=0.5",
  },
  {
    name: "Internet Explorer 11",
    ua: "Mozilla/5.0 (Windows NT 10.0; WOW64; Trident/7.0; rv:11.0) like Gecko",
    accept: "image/png, image/svg+xml, image/jxr, image/*;q=0.8, */*;q=0.5",
  },
  {
    name: "Internet Explorer 9",
    ua: "Mozilla/5.0 (compatible; MSIE 9.0; Windows NT 6.1; Trident/5.0)",
    accept: "image/png, image/svg+xml, image/*;q=0.8, */*;q=0.5",
  },
  {
    name: "Googlebot Image",
    ua: "Googlebot-Image/1.0",
    accept: "*/*",
  },
  {
    name: "X and Twitter previews",
    ua: "Twitterbot/1.0",
    accept: "*/*",
  },
  {
    name: "WhatsApp previews",
    ua: "WhatsApp/2.23.20.0",
    accept: "*/*",
  },
  {
    name: "Gmail’s image proxy",
    ua: "Mozilla/5.0 (Windows NT 5.1; rv:11.0) Gecko Firefox/11.0 (via ggpht.com GoogleImageProxy)",
    accept: "*/*",
  },
  {
    name: "Outlook for Windows",
    ua: "Mozilla/4.0 (compatible; MSIE 7.0; Windows NT 10.0; WOW64; Trident/7.0; .NET4.0C; .NET4.0E; Microsoft Outlook 16.0.5071; ms-office; MSOffice 16)",
    accept: "*/*",
  },
  {
    name: "Apple Mail",
    ua: "Mozilla/5.0",
    accept: "*/*",
  },
  {
    name: "curl",
    ua: "curl/8.5.0",
    accept: "*/*",
  },
];
