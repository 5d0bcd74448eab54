/** Bytes as people say them: 1.2 GB. */
export function bytes(n: number): string {
  const units = ["B", "kB", "MB", "GB", "TB"];
  let value = n;
  let unit = 0;
  while (value >= 1000 && unit < units.length - 1) {
    value /= 1000;
    unit++;
  }
  return `${value.toFixed(value < 10 && unit > 1 ? 1 : 0)} ${units[unit]}`;
}

/** 3 d 4 h, 5 min, 20 s. */
export function duration(seconds: number): string {
  const [days, hours] = [Math.floor(seconds / 86_400), Math.floor(seconds / 3600) % 24];
  const minutes = Math.floor(seconds / 60) % 60;
  if (days > 0) return `${days} d ${hours} h`;
  if (hours > 0) return `${hours} h ${minutes} min`;
  if (minutes > 0) return `${minutes} min`;
  return `${Math.max(0, Math.floor(seconds))} s`;
}

export const count = (n: number) => n.toLocaleString("en");

export const rate = (perSecond: number) =>
  perSecond >= 100 ? count(Math.round(perSecond)) : perSecond.toFixed(perSecond > 0 ? 1 : 0);
