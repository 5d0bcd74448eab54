/** Numbers as people read them, worded as Ollama does. */

const byteUnits = ["B", "KB", "MB", "GB", "TB"];

/** 2019393189 → "2.0 GB", in powers of 1000. */
export function bytes(n: number): string {
  let value = n;
  let unit = 0;
  while (value >= 999.5 && unit < byteUnits.length - 1) {
    value /= 1000;
    unit++;
  }
  const text = unit === 0 || value >= 9.95 ? String(Math.round(value)) : value.toFixed(1);
  return `${text} ${byteUnits[unit]}`;
}

const [minute, hour, day] = [60, 3600, 86_400];

/** How long, roughly: "3 days", "About an hour". */
function roughly(seconds: number): string {
  const count = (n: number, unit: string) => `${n} ${unit}${n === 1 ? "" : "s"}`;
  const minutes = Math.floor(seconds / minute);
  const hours = Math.round(seconds / hour);
  if (seconds < 1) return "Less than a second";
  if (seconds < minute) return count(Math.floor(seconds), "second");
  if (minutes === 1) return "About a minute";
  if (minutes < 60) return count(minutes, "minute");
  if (hours === 1) return "About an hour";
  if (hours < 48) return count(hours, "hour");
  const days = Math.floor(seconds / day);
  if (days < 14) return count(days, "day");
  if (days < 60) return count(Math.floor(days / 7), "week");
  if (days < 730) return count(Math.floor(days / 30), "month");
  return count(Math.floor(days / 365), "year");
}

export function ago(date: string, nowMs: number): string {
  const ms = Date.parse(date);
  if (!Number.isFinite(ms) || ms <= 0) return "Never";
  return `${roughly(Math.max(0, nowMs - ms) / 1000)} ago`;
}

/** From here on it is for ever. */
const foreverSeconds = 20 * 365 * day;

/** When a model will be unloaded. */
export function fromNow(date: string, nowMs: number): string {
  const seconds = (Date.parse(date) - nowMs) / 1000;
  if (!Number.isFinite(seconds) || seconds > foreverSeconds) return "Forever";
  return seconds <= 0 ? "Stopping..." : `${roughly(seconds)} from now`;
}

/** Nanoseconds as Go prints them: "4.5s", "1m3.25s", "130.079ms". */
export function duration(nanoseconds: number): string {
  const ns = Math.round(nanoseconds);
  if (ns === 0) return "0s";
  if (ns < 1e3) return `${ns}ns`;
  if (ns < 1e6) return `${ns / 1e3}µs`;
  if (ns < 1e9) return `${ns / 1e6}ms`;
  const hours = Math.floor(ns / 3.6e12);
  const minutes = Math.floor((ns % 3.6e12) / 6e10);
  const seconds = (ns % 6e10) / 1e9;
  return `${hours > 0 ? `${hours}h` : ""}${hours + minutes > 0 ? `${minutes}m` : ""}${seconds}s`;
}

/** What is left to wait: "9s", "1m05s", "2h10m". */
export function remaining(seconds: number): string {
  const s = Math.ceil(seconds);
  const two = (n: number) => String(n).padStart(2, "0");
  if (s < minute) return `${s}s`;
  if (s < hour) return `${Math.floor(s / minute)}m${two(s % minute)}s`;
  return s < 100 * hour ? `${Math.floor(s / hour)}h${two(Math.floor((s % hour) / minute))}m` : "";
}
