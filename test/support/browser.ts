/** Where Chromium is, if it is. */
export const chromiumPath = process.env.HUTCH_CHROMIUM ?? "/usr/bin/chromium";
/** Without a window, and without asking anybody anything. */
export const chromiumFlags = [
  "--headless",
  "--no-sandbox",
  "--disable-gpu",
  "--disable-quic",
  "--no-first-run",
  "--disable-background-networking",
  "--disable-component-update",
  "--disable-sync",
];
