// What the gallery shows, in order. Sizes in pixels as shown, so that nothing moves while the pictures arrive.

/**
 * @typedef {object} Picture
 * @property {string} path
 * @property {string} title
 * @property {string} alt
 * @property {number} width
 * @property {number} height
 * @property {string} note  What this file is an example of.
 * @property {string} credit
 * @property {"contain"} [fit]  Shown whole instead of filling its frame.
 * @property {string} [focus]  What to keep of a picture that fills its frame, as CSS `object-position`.
 */

/** @type {Picture[]} */
export const pictures = [
  {
    path: "/photos/lighthouse.jpg",
    title: "Lighthouse",
    alt: "A white lighthouse behind a picket fence under a cloudy sky",
    width: 1024,
    height: 1536,
    note: "Photograph, 1.6 megapixels",
    credit: "Photo: Alan Fink",
  },
  {
    path: "/photos/macaws.jpg",
    title: "Macaws",
    alt: "Two macaws, one blue and yellow, one red, in front of green leaves",
    width: 1200,
    height: 800,
    note: "Photograph, full colour resolution",
    credit: "Photo: Steve Kelly",
  },
  {
    path: "/photos/face-paint.tif",
    title: "Face paint",
    alt: "A girl with a sun painted around her eye",
    width: 570,
    height: 380,
    note: "TIFF, which browsers do not show",
    credit: "Photo: Steve Kelly",
  },
  {
    path: "/graphics/logo.png",
    title: "Logo",
    alt: "The logo: a framed mountain landscape that gets smaller towards the right",
    width: 800,
    height: 800,
    note: "PNG with soft transparent edges",
    credit: "Drawn for this demo",
    fit: "contain",
  },
  {
    path: "/photos/caps-cmyk.jpg",
    title: "Caps",
    alt: "Five caps in bright colours hanging on a wall in the sun",
    width: 750,
    height: 500,
    note: "Photograph in CMYK, for print",
    credit: "Photo: Don Cochran",
  },
  {
    path: "/graphics/sailing.gif",
    title: "Sailing",
    alt: "An animated drawing: a small boat on moving waves at sunset",
    width: 360,
    height: 240,
    note: "Animation, GIF",
    credit: "Drawn for this demo",
  },
  {
    path: "/photos/red-hat-rotated.jpg",
    title: "Red hat",
    alt: "A woman with a red hat and a red scarf",
    width: 500,
    height: 750,
    note: "Stored on its side, turned by EXIF",
    credit: "Photo: Bob Clemens",
    focus: "50% 38%",
  },
  {
    path: "/graphics/dashboard.png",
    title: "Dashboard",
    alt: "A web shop's dashboard with figures, two charts and a table of orders",
    width: 1280,
    height: 800,
    note: "Screenshot, PNG",
    credit: "Made for this demo",
    fit: "contain",
  },
  {
    path: "/photos/red-barn.jpg",
    title: "Red barn",
    alt: "A red barn mirrored in a pond in evening light",
    width: 1536,
    height: 1024,
    note: "Photograph, progressive",
    credit: "Photo: Cindy Branham",
  },
  {
    path: "/photos/blossom-display-p3.jpg",
    title: "Plum blossom",
    alt: "White plum blossom on a thin branch",
    width: 500,
    height: 500,
    note: "Photograph in Display P3",
    credit: "Public domain, CC0",
  },
  {
    path: "/photos/warbird-quality-45.jpg",
    title: "Warbird",
    alt: "A propeller aeroplane with a yellow nose on grass",
    width: 752,
    height: 496,
    note: "Poor JPEG: it loses nothing more",
    credit: "Photo: Alan Fink",
  },
  {
    path: "/graphics/tulips-cutout.png",
    title: "Tulips",
    alt: "Pink tulips that fade into transparency",
    width: 500,
    height: 500,
    note: "Transparent photograph, PNG",
    credit: "Public domain, CC0",
    fit: "contain",
  },
  {
    path: "/photos/daisies.jpg",
    title: "Daisies",
    alt: "Daisies with pink and white striped petals, close up",
    width: 1040,
    height: 1040,
    note: "Photograph, much fine texture",
    credit: "JPEG XL Project Authors, CC BY",
  },
  {
    path: "/photos/hibiscus-window.jpg",
    title: "Window with hibiscus",
    alt: "Hibiscus flowers in front of a pointed window with wooden shutters",
    width: 768,
    height: 512,
    note: "Photograph, small, progressive",
    credit: "Photo: Don Cochran",
  },
  {
    path: "/photos/old-town.jpg",
    title: "Old town",
    alt: "A row of half-timbered houses with steep gables",
    width: 768,
    height: 512,
    note: "Photograph, full colour resolution",
    credit: "Photo: Alfons Rudolph",
  },
  {
    path: "/graphics/one-url.svg",
    title: "One URL",
    alt: "A drawing: one picture goes in, an AVIF, a WebP and a JPEG of different sizes come out",
    width: 720,
    height: 480,
    note: "Graphic, SVG",
    credit: "Drawn for this demo",
    fit: "contain",
  },
];
