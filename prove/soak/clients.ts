/** Header fields of clients of five kinds: of JPEG XL, of AVIF, of WebP, of neither, and of JPEG 2000. */
export const clients: readonly Readonly<Record<string, string>>[] = [
  { accept: "image/jxl,image/avif,image/webp,*/*;q=0.8" },
  { accept: "image/avif,image/webp,*/*;q=0.8" },
  { accept: "image/webp,*/*;q=0.8" },
  { accept: "*/*" },
  {
    accept: "image/png,image/svg+xml,image/*;q=0.8,video/*;q=0.8,*/*;q=0.5",
    "user-agent":
      "Mozilla/5.0 (Macintosh; Intel Mac OS X 10_14_6) AppleWebKit/605.1.15 (KHTML, like Gecko) Version/13.1 Safari/605.1.15",
  },
];
